/** One way in, three ways on: the mark of the product. Beside it always stands its name. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <rect width="32" height="32" rx="8" fill="#0f4f4c" />
      <g fill="none" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M7 16h6c4.5 0 4.5-7.5 9-7.5h3" stroke="#7fd8e6" />
        <path d="M7 16h18" stroke="#f4efe4" />
        <path d="M7 16h6c4.5 0 4.5 7.5 9 7.5h3" stroke="#f2b66d" />
      </g>
      <circle cx="7.5" cy="16" r="3" fill="#f4efe4" />
    </svg>
  );
}
