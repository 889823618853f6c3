/**
 * The same, with the names of embedded texts (`compose.yml#nginx`) in places replaced by the file that they stand in.
 * What was one object stays one.
 */
export function withoutEmbeddedNames<T extends object>(value: T, embedded: ReadonlySet<string>): T {
  if (embedded.size === 0) return value;
  const known = new Map<object, object>();
  const copy = (inner: object): object => {
    const done = known.get(inner);
    if (done !== undefined) return done;
    if (Array.isArray(inner)) {
      const list: unknown[] = [];
      known.set(inner, list);
      for (const item of inner as readonly unknown[]) list.push(any(item));
      return list;
    }
    const result: Record<string, unknown> = {};
    known.set(inner, result);
    for (const [key, item] of Object.entries(inner)) {
      result[key] = key === "file" && typeof item === "string" && embedded.has(item) ? item.slice(0, item.indexOf("#")) : any(item);
    }
    return result;
  };
  const any = (item: unknown): unknown => (typeof item === "object" && item !== null ? copy(item) : item);
  // A copy of the same shape.
  return copy(value) as T;
}
