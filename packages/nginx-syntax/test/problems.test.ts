import { describe, expect, it } from "vitest";
import { createLocator, parse } from "../src/index.ts";
import { outline, type Outline } from "./outline.ts";

interface Case {
  readonly text: string;
  /** `line:column message` of each problem. The first is what nginx says. */
  readonly problems: readonly string[];
  readonly tree: Outline[];
}

const cases: Record<string, Case> = {
  "a missing ; before }": {
    text: "server {\n  listen 80 backlog=64\n}\nuser x;",
    problems: ['3:1 unexpected "}"'],
    tree: [["server", [["listen", "80", "backlog=64"]]], ["user", "x"]],
  },
  "several missing ; on lines that are indented alike": {
    text: "server {\n  listen 80\n  server_name a\n    b\n  index c\n}",
    problems: [
      '6:1 unexpected "}"',
      '2:12 directive "listen" is not terminated by ";"',
      '4:6 directive "server_name" is not terminated by ";"',
    ],
    tree: [["server", [["listen", "80"], ["server_name", "a", "b"], ["index", "c"]]]],
  },
  "no split where nginx takes the lines for arguments": {
    text: "server_name a\nlisten 80;",
    problems: [],
    tree: [["server_name", "a", "listen", "80"]],
  },
  "no split before what is no name": {
    text: "log_format x\n'a'\n$b\n/c\n}",
    problems: ['5:1 unexpected "}"'],
    tree: [["log_format", "x", "a", "$b", "/c"]],
  },
  "a } too many": { text: "a; }\nb;", problems: ['1:4 unexpected "}"'], tree: [["a"], ["b"]] },
  "a } too few": {
    text: "http {\n server { a; }\n",
    problems: ['3:1 unexpected end of file, expecting "}"'],
    tree: [["http", [["server", [["a"]]]]]],
  },
  "an end within a directive": {
    text: "http {\n a b",
    problems: ['2:5 unexpected end of file, expecting ";" or "}"'],
    tree: [["http", [["a", "b"]]]],
  },
  "an end after a backslash": { text: "a \\", problems: ['1:4 unexpected end of file, expecting ";" or "}"'], tree: [["a", "\\"]] },
  "a ; too many": { text: "a;; b {;}", problems: ['1:3 unexpected ";"', '1:8 unexpected ";"'], tree: [["a"], ["b", []]] },
  "a block without a name": { text: "a { { b; } c; }", problems: ['1:5 unexpected "{"'], tree: [["a", [["", [["b"]]], ["c"]]]] },
  "text glued to a closing quote": { text: "a 'b'c;\nd;", problems: ['1:6 unexpected "c"'], tree: [["a", "b", "c"], ["d"]] },
  "a comment glued to a closing quote": { text: "a 'b'#c\n;", problems: ['1:6 unexpected "#"'], tree: [["a", "b"]] },
  "a } glued to a closing quote": { text: "x { a 'b'}", problems: ['1:10 unexpected "}"'], tree: [["x", [["a", "b"]]]] },
  "a quote that another quote ends": {
    text: 'server_name "a;\nlisten 80;\nerror_page 404 "/404.html";\n',
    problems: ['3:17 unexpected "/"'],
    tree: [["server_name", "a"], ["listen", "80"], ["error_page", "404", "/404.html"]],
  },
  "a quote that nothing ends": {
    text: "server {\n  server_name 'a;\n  listen 80;\n}\n",
    problems: ['5:1 unexpected end of file, expecting ";" or "}"'],
    tree: [["server", [["server_name", "a"], ["listen", "80"]]]],
  },
  "a quote that nothing ends, without a ; on its line": {
    text: "a 'b\nc;\n",
    problems: ['3:1 unexpected end of file, expecting ";" or "}"'],
    tree: [["a", "b\nc;\n"]],
  },
  "a byte order mark": { text: "\uFEFFuser x;", problems: ["1:1 unexpected byte order mark"], tree: [["user", "x"]] },
  "a byte order mark elsewhere": { text: "user \uFEFFx;", problems: [], tree: [["user", "\uFEFFx"]] },
};

describe("problems", () => {
  for (const [title, { text, problems, tree }] of Object.entries(cases)) {
    it(`reads ${title}`, () => {
      const parsed = parse(text);
      const locate = createLocator(text);
      const found = parsed.problems.map(({ start, message }) => {
        const { line, column } = locate(start);
        return `${line}:${column} ${message}`;
      });
      expect(found).toEqual(problems);
      expect(outline(parsed)).toEqual(tree);
    });
  }

  it("tell where the open quote or block began", () => {
    expect(parse("a {\n b { c; }").problems[0]).toMatchObject({ opened: 2, start: 13 });
    expect(parse("a 'b").problems[0]).toMatchObject({ opened: 2, start: 4 });
  });

  it("of a quote that swallows more than nginx's buffer leave the lines after it readable", () => {
    const tree = parse(`server_name "a;\nlisten 80;\n${"# fill\n".repeat(700)}index "b";\n`);
    expect(tree.problems[0]).toMatchObject({ kind: "too-long", start: 12, message: 'too long parameter, probably missing terminating """ character' });
    expect(outline(tree)).toEqual([["server_name", "a"], ["listen", "80"], ["index", "b"]]);
  });
});
