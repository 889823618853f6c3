import type { Sourced } from "@audit-backlog/model";

/** The values that something can have as far as the files say; none where it is known only at run time. */
export function possibleValues<T>(sourced: Sourced<T>): readonly T[] {
  const { value } = sourced;
  switch (value.kind) {
    case "exact":
    case "assumed":
      return [value.value];
    case "oneOf":
      return value.options.flatMap((option) => (option.value.kind === "exact" || option.value.kind === "assumed" ? [option.value.value] : []));
    case "formula":
    case "dynamic":
      return [];
  }
}
