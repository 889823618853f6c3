const word = Buffer.from("listen");
const fork = Buffer.from("fork");
const clusters = /["'`](?:node:)?cluster["'`]/;
/** Modules whose constructors or functions listen by themselves or start a cluster; a file must name the module to use them. */
const modules = /["'`](?:ws|socket\.io|engine\.io|@hono\/node-server|(?:@hapi\/)?hapi|@apollo\/server\/standalone|throng)["'`]/;

/**
 * Whether a JavaScript file can hold a listen() call or start a cluster: a cheap test on its bytes that decides
 * whether it is parsed. May say yes in vain ("we listen (here)"), never no.
 */
export function mightListen(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + word.length)) {
    if (isListenWord(bytes, at)) return true;
  }
  // One pass over a string is faster than one for each name over the bytes.
  const text = bytes.toString("latin1");
  return modules.test(text) || (bytes.includes(fork) && clusters.test(text));
}

/** A property (`.listen`, `["listen"]`), not part of a longer name (`.listener`), and not followed by another word, as in prose. */
function isListenWord(bytes: Buffer, at: number): boolean {
  if (!isProperty(bytes, at)) return false;
  let next = at + word.length;
  if (isNamePart(bytes[next])) return false;
  while (isSpace(bytes[next])) next += 1;
  return !isNamePart(bytes[next]);
}

function isProperty(bytes: Buffer, at: number): boolean {
  const before = lastBefore(bytes, at);
  const byte = bytes[before];
  if (byte === 0x2e) return true;
  const isQuote = byte === 0x22 || byte === 0x27 || byte === 0x60;
  return isQuote && before === at - 1 && bytes[lastBefore(bytes, before)] === 0x5b;
}

/** Where the last byte stands that is no white space. */
function lastBefore(bytes: Buffer, at: number): number {
  let before = at - 1;
  while (isSpace(bytes[before])) before -= 1;
  return before;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Letters, digits, `_` and `$`; bytes beyond ASCII don't occur in the names we look for. */
function isNamePart(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || byte === 0x24;
}
