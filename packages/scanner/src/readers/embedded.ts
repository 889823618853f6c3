/**
 * A file in which all but the given stretch is blank: what reads the stretch as a file of its own then gives places of the
 * whole. Line breaks stay, so that lines and columns stay true, and so does the stretch's indentation.
 */
export function maskedText(text: string, [start, end]: readonly [number, number]): string {
  const blank = (part: string): string => part.replace(/[^\r\n]/g, " ");
  return blank(text.slice(0, start)) + text.slice(start, end) + blank(text.slice(end));
}
