// Answers of which every piece says whose it is: "TAG.MODEL.INDEX" and letters of two, three and four bytes (the mock provider's
// `sequence`). A piece that is lost, doubled, swapped, torn, of another stream or of another model shows.
export const pieceOf = (tag, model, index) => `${tag}.${model}.${index} é漢😀 `;

export const textOf = (tag, model, pieces) => Array.from({ length: pieces }, (_, i) => pieceOf(tag, model, i)).join("");

// How many whole pieces of `model` the text is, or undefined when it is not the beginning of that answer or ends inside a piece.
export function piecesIn(text, tag, model, pieces) {
  let at = 0;
  for (let i = 0; i <= pieces; ++i) {
    if (at === text.length) return i;
    const piece = pieceOf(tag, model, i);
    if (i === pieces || !text.startsWith(piece, at)) return undefined;
    at += piece.length;
  }
}
