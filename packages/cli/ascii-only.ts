/** A build plugin: writes other characters as escapes, since V8 reads text that is ASCII alone in half the time. */
export function asciiOnly() {
  return {
    name: "ascii-only",
    generateBundle(_options: unknown, bundle: Readonly<Record<string, { readonly type: string; code?: string }>>) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk" || file.code === undefined) continue;
        if (/String\.raw`[^`]*[^\0-\x7f`]/.test(file.code)) throw new Error("String.raw with a character that is not ASCII: an escape would stay as it is");
        file.code = file.code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
      }
    },
  };
}
