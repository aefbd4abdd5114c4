import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";

interface ImageStripProps {
  images: string[];
  onRemove?: (index: number) => void;
}

export function ImageStrip({ images, onRemove }: ImageStripProps) {
  const { t } = useTranslation("playground");
  if (images.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2">
      {images.map((url, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the same picture may be there twice
        <li key={index} className="relative">
          <img src={url} alt={t("image.alt", { number: index + 1 })} className="size-16 rounded-md border bg-muted object-cover" />
          {onRemove && (
            <Button variant="secondary" size="icon" className="absolute -top-2 -right-2 size-6 rounded-full border" aria-label={t("image.remove", { number: index + 1 })} onClick={() => onRemove(index)}>
              <X aria-hidden className="size-3.5" />
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
