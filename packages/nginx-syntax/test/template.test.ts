import { describe, expect, it } from "vitest";
import { parse } from "../src/index.ts";
import { outline, type Outline } from "./outline.ts";

const templates: Record<string, { text: string; tree: Outline[]; message: string }> = {
  "a value as a word": { text: "listen {{ port }} backlog=64;\nb;", tree: [["listen", "{{ port }}", "backlog=64"], ["b"]], message: 'unexpected "{"' },
  "a value within a word": { text: "listen 127.0.0.1:{{.Port}};", tree: [["listen", "127.0.0.1:{{.Port}}"]], message: 'unexpected "{"' },
  "a value after $": { text: "a ${{ b }} {{ c }};", tree: [["a", "${{ b }}", "{{ c }}"]], message: 'unexpected "}"' },
  "a value as a name": { text: "{{ name }} {{ value }};", tree: [["{{ name }}", "{{ value }}"]], message: 'unexpected "{"' },
  "a value on a line of its own": { text: "{{ include }}\na;", tree: [["a"]], message: 'unexpected "{"' },
  "quotes of a value within quotes": { text: 'a "{{ b "c" }};";', tree: [["a", '{{ b "c" }};']], message: 'unexpected "c"' },
  "statements": {
    text: "server {\n{% if a %}\n  listen 80{% if b %} ssl{% endif %};\n{% endif %}\n}",
    tree: [["server", [["listen", "80{% if b %}", "ssl{% endif %}"]]]],
    message: 'unexpected "{"',
  },
  "comments": { text: "{# a;\n } #}\na {# b #} c;", tree: [["a", "c"]], message: 'unexpected "{"' },
};

describe("a file with placeholders that nginx refuses", () => {
  for (const [title, { text, tree, message }] of Object.entries(templates)) {
    it(`is read as a template: ${title}`, () => {
      const parsed = parse(text);
      expect(outline(parsed)).toEqual(tree);
      expect(parsed.problems.map((problem) => problem.message)).toEqual([message]);
    });
  }

  it("keeps an opening that nothing closes on its line", () => {
    expect(outline(parse("a { { {{ b;\n}} }}"))).toEqual([["a", [["", [["", [["", [["b"]]]]]]]]]]);
  });
});

describe("a file with placeholders that nginx takes", () => {
  it("is read as nginx does", () => {
    const parsed = parse("a '{{ b }}'; c {% d; } e {# f\n} # {{ \n");
    expect(parsed.problems).toEqual([]);
    expect(outline(parsed)).toEqual([["a", "{{ b }}"], ["c", [["%", "d"]]], ["e", []]]);
  });
});
