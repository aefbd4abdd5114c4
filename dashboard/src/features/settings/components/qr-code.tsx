interface QrCodeProps {
  /** `d` of a path, one unit a module. */
  path: string;
  modules: number;
  label: string;
}

const quietZone = 4;

/** Black on white in either theme: scanners want it so. */
export function QrCode({ path, modules, label }: QrCodeProps) {
  const side = modules + 2 * quietZone;
  return (
    <svg role="img" aria-label={label} viewBox={`${-quietZone} ${-quietZone} ${side} ${side}`} className="size-52 rounded-lg border" shapeRendering="crispEdges">
      <rect x={-quietZone} y={-quietZone} width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
