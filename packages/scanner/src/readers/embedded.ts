/**
 * A file in which all but the given stretch is blank: what reads the stretch as a file of its own then gives places of the
 * whole. Line breaks stay, so that lines and columns stay true, and so does the stretch's indentation.
 */
export function maskedText(text: string, [start, end]: readonly [number, number]): string {
  const blank = (part: string): string => part.replace(/[^\r\n]/g, " ");
  return blank(text.slice(0, start)) + text.slice(start, end) + blank(text.slice(end));
}

/**
 * Python in a block is indented as a whole. An `if` over it, at the start of the line where its key stands, makes that the
 * body of a branch that is always taken, so that every place stays true.
 */
export function underBranch(text: string, line: number): string {
  return `${text.slice(0, line)}${always}${text.slice(line + always.length)}`;
}

const always = "if 1:";
/** The line of the key must be longer than this. */
export const branchLength = always.length;
