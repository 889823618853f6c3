/** A word that stands for itself in a configuration and on a command line: nothing that ends a directive or begins another. */
export function assertWord(text: string): string {
  if (!/^[-+.=:\w]{1,100}$/.test(text)) throw new RangeError(`${JSON.stringify(text)} is no word that a procedure passes on`);
  return text;
}
