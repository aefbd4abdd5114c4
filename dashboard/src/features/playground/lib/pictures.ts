const mostBytes = 10_000_000;

export function pictureProblem(file: { type: string; size: number }): "notAnImage" | "tooLarge" | undefined {
  if (!file.type.startsWith("image/")) return "notAnImage";
  return file.size > mostBytes ? "tooLarge" : undefined;
}

export function readPicture(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("unreadable")));
    reader.readAsDataURL(file);
  });
}
