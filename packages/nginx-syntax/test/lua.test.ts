import { describe, expect, it } from "vitest";
import { parse } from "../src/index.ts";

/** Insides of a block that Lua closes nowhere but at the brace after them. */
const insides = [
  "",
  " ngx.say('hi') ",
  " local t = { a = { 1 }, [2] = {} } ",
  ' ngx.say("}") ',
  " ngx.say('{') ",
  ' ngx.say("a\\"}b\\\\") ',
  " ngx.say('it\\'s }') ",
  " local s = [[ } ]] ",
  " local s = [==[ ]] } ]=] ]==] ",
  " local s = [[\n}\n]] ",
  " -- }\n",
  " -- don't\n",
  ' -- an open " quote\n',
  " --[[ } \n } ]] ",
  " --[==[ ]] } ]==] ",
  " --[=x }\n",
  " local s = '--' -- }\n",
  " local s = '[[' ",
  " local n = a[b[1]] local m = { c[d] } ",
  " if a ~= b then end # no comment of nginx's, so { } \n ",
  " x = 'a' .. \"it's\" ",
  " local a = 5 -- [[ }\n",
];

describe("a block of Lua", () => {
  for (const inside of insides) {
    it(`spans ${JSON.stringify(inside)}`, () => {
      const text = `content_by_lua_block {${inside}}\nlisten 80;`;
      const tree = parse(text);
      expect(tree.problems).toEqual([]);
      expect(tree.directives).toHaveLength(2);
      expect(tree.directives[0]?.lua).toEqual({ start: 22, end: 22 + inside.length });
      expect(tree.directives[0]?.end).toBe(23 + inside.length);
      expect(tree.directives[0]?.block).toBeUndefined();
    });
  }

  it("may belong to a directive with arguments", () => {
    const [directive] = parse("set_by_lua_block $res { return '}' }").directives;
    expect(directive?.args.map(({ value }) => value)).toEqual(["$res"]);
    expect(directive?.lua).toEqual({ start: 23, end: 35 });
  });

  it("is a token of its own between its braces", () => {
    expect(parse("x_by_lua_block {a}").tokens.map(({ kind }) => kind)).toEqual(["word", "whitespace", "open", "lua", "close"]);
  });

  it("is none where the name merely holds that of one, or a quoted string holds the code", () => {
    expect(parse("content_by_lua 'a } b';").problems).toEqual([]);
    expect(parse("my_by_lua_blocks { a b; }").directives[0]?.block?.directives).toHaveLength(1);
  });

  it("ends with the file where it is not closed", () => {
    const brace = parse("http { a_by_lua_block { b { } \n");
    expect(brace.problems[0]).toMatchObject({
      kind: "unexpected-end",
      start: 22,
      message: "unexpected end of file, expecting terminating characters for lua code block",
    });
    const bracket = parse("a_by_lua_block { [=[ ]] }");
    expect(bracket.problems[0]?.message).toContain('missing the closing long bracket "]=]"');
    expect(bracket.directives[0]?.lua).toEqual({ start: 16, end: 25 });
  });
});
