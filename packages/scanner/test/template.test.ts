import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { hasTemplateMarks, maskTemplate, templateMark, type TemplateStyle } from "../src/readers/template.ts";
import { templateValue, type TemplateDefault } from "../src/readers/template-expression.ts";
import { readCommands } from "../src/readers/commands/index.ts";
import { readGunicornConfig } from "../src/readers/gunicorn-config.ts";

const place = { offset: 0, line: 1, column: 1 };
const known: Readonly<Record<string, string>> = { ".Values.web.backlog": "1024", ".Values.zero": "0", nginx_backlog: "2048", nested: "{{ other }}" };
const defaults = (variable: string): TemplateDefault | undefined => {
  const text = known[variable];
  return text === undefined ? undefined : { text, origin: { kind: "file", file: "values.yaml", range: { start: place, end: place } } };
};

describe("what a template puts in when nobody sets its variables", () => {
  // Sources: Jinja's list of builtin filters, sprig's defaults, Ruby's ||, consul-template's and dockerize's functions.
  it.each([
    ["{{ x | default(2048) }}", "2048"],
    ["{{ x|d('a b') }}", "a b"],
    ["{{- x | default(5, true) | int -}}", "5"],
    ["{{ nginx_backlog }}", "2048"],
    ["{{ nginx_backlog | default(5) }}", "2048"],
    ["{{ x | default(nginx_backlog) }}", "2048"],
    ["{{ x | default(y) | default(7) }}", "7"],
    ["{{ .Values.web.backlog }}", "1024"],
    ["{{ $.Values.web.backlog | quote }}", "1024"],
    ["{{ .Values.zero | default 9 }}", "9"],
    ["{{ default 9 .Values.zero }}", "9"],
    ["{{ default .Env.PORT \"80\" }}", "80"],
    ["{{ envOrDefault \"PORT\" \"81\" }}", "81"],
    ["{{ int (.Values.none | default 3) }}", "3"],
    ["{{ or .Values.none 4 }}", "4"],
    ["<%= @backlog || 5 %>", "5"],
    ["<%= ENV['PORT'] || '82' -%>", "82"],
    ["<%= ENV.fetch('PORT', 83) %>", "83"],
    ["{{ x }}", undefined],
    ["{{ include \"x\" . }}", undefined],
    ["{{ .Values.web.backlog | mul 2 }}", undefined],
    ["{{ x | default(2048) + 1 }}", undefined],
    ["{{ nested }}", undefined],
    ["{{ x | default('{{ y }}') }}", undefined],
    ["{{ x | default(\"a\\n\") }}", undefined],
  ])("%s → %s", (written, text) => {
    const { value } = templateValue(written, defaults);
    expect(value).toEqual(text === undefined ? { kind: "dynamic" } : { kind: "assumed", value: text, variable: expect.any(String) as string });
  });

  it("says in which file the default stands", () => {
    expect(templateValue("{{ .Values.web.backlog }}", defaults).origin?.file).toBe("values.yaml");
    expect(templateValue("{{ x | default(1) }}", defaults).origin).toBeUndefined();
  });
});

describe("masking", () => {
  it.each<[TemplateStyle, string, string]>([
    ["blank", "a {{ x }};\n{% if y %}\nb;\n{{ z }}\n", "a _______;\n          \nb;\n       \n"],
    ["marks", "a {{ x }};\n{% if y %}\nb;\n{{ z }}\n", "a _______;\n          \nb;\n_______\n"],
    ["marks", "run \\\n  {% if x %}\n  -w 3 \\\n", "run \\\n           \\\n  -w 3 \\\n"],
    ["marks", "echo ${#list} {{ open\n", "echo ${#list} {{ open\n"],
  ])("%s: %j", (style, text, masked) => {
    expect(maskTemplate(text, style).text).toBe(masked.replaceAll("_", templateMark));
  });

  it.each<[string, unknown]>([
    ["a: {{ x }}\n", { a: "?" }],
    ["a:\n  {{ y }}\n  b: 1\n{{- end }}\n", { a: { b: 1 } }],
    ["a: {{ x | nindent 2 }}\n  b: 1\n", { a: { b: 1 } }],
    ["- {{ if x }}a{{ else }}b{{ end }}\n- c\n", ["?", "c"]],
    ["{{ define \"x\" }}\na: {{ if y }}1{{ end }}\n{{ end }}\nb: 2\n", { b: 2 }],
    ["{{/* {{ x }} */}}\nb: 2\n", { b: 2 }],
    ["a: |\n{{- if x }}\n  text\n{{- end }}\nb: 2\n", { a: "text\n", b: 2 }],
    ["a: |\n    {{- if x }}\n    text\n    {{- end }}\nb: 2\n", { a: "text\n", b: 2 }],
  ])("leaves YAML that can be parsed of %j", (text, value) => {
    const document = parseDocument(maskTemplate(text, "yaml").text);
    expect(document.errors).toEqual([]);
    expect(JSON.parse(JSON.stringify(document.toJS()).replace(/\uE000+/g, "?").replace(/(?:\\n\s*)+"/g, '\\n"').replace(/"(?:\\n| )+(?=\w)/g, '"'))).toEqual(value);
  });

  it("keeps the length, and everything outside the marks", () => {
    const piece = fc.constantFrom("{{", "}}", "{%", "%}", "{#", "#}", "<%", "<%=", "%>", " ", "\n", "a: b", "#", "\\", "${", "if x", "'", "/* */");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom<TemplateStyle>("marks", "blank", "yaml"), fc.boolean(), (pieces, style, sameLine) => {
        const text = pieces.join("");
        const masked = maskTemplate(text, style, sameLine);
        expect(masked.text).toHaveLength(text.length);
        let from = 0;
        for (const { start, end } of masked.places) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(masked.text.slice(from, start)).toBe(text.slice(from, start));
          from = end;
        }
        expect(masked.text.slice(from)).toBe(text.slice(from));
        if (!hasTemplateMarks(text)) expect(masked.places).toEqual([]);
      }),
    );
  });

  it("takes no more than moments for long lines of marks", () => {
    const started = performance.now();
    for (const part of ["{{ a }} ", "{{ ", "{% x %}", "<%= ", "{{\n", "}} {{", "{{ a }}\n"]) for (const sameLine of [true, false]) maskTemplate(part.repeat(50_000), "yaml", sameLine);
    expect(performance.now() - started).toBeLessThan(15_000);
  }, 30_000);
});

describe("in commands and Python", () => {
  const words = (path: string, text: string): unknown => readCommands(path, text)?.commands[0]?.words.map(({ value }) => value);

  it.each([
    ["deploy/web.service.j2", "[Service]\nExecStart=/usr/bin/gunicorn --backlog {{ backlog | default(64) }} -w {{ w }} app\n"],
    ["run.sh.j2", "gunicorn --backlog {{ backlog | default(64) }} -w {{ w }} app\n"],
    ["Procfile.j2", "web: gunicorn --backlog {{ backlog | default(64) }} -w {{ w }} app\n"],
    ["web.conf.j2", "[program:web]\ncommand=gunicorn --backlog {{ backlog | default(64) }} -w {{ w }} app\n"],
    ["Dockerfile.j2", "FROM x\nCMD gunicorn --backlog {{ backlog | default(64) }} -w {{ w }} app\n"],
  ])("takes a written default in %s as assumed", (path, text) => {
    const [, option, backlog, , workers] = words(path, text) as unknown[];
    expect([option, backlog, workers]).toEqual([{ kind: "exact", value: "--backlog" }, { kind: "assumed", value: "64", variable: "backlog" }, { kind: "dynamic" }]);
  });

  it("takes it in gunicorn.conf.py, too", () => {
    const { settings } = readGunicornConfig("gunicorn.conf.py.j2", "backlog = {{ b | default(64) }}\nworkers = {{ w }}\nbind = '127.0.0.1:{{ port | default(8000) }}'\nreuse_port = {{ r | default(true) }}\nthreads = {{ t|default('2') }} * 2\n");
    const value = (name: string): unknown => settings.get(name)?.value;
    expect(value("backlog")).toEqual({ kind: "assumed", value: 64, variable: "b" });
    expect(value("workers")).toEqual({ kind: "dynamic" });
    expect(value("bind")).toEqual({ kind: "assumed", value: "127.0.0.1:8000", variable: "port" });
    expect(value("threads")).toEqual({ kind: "assumed", value: 4, variable: "t" });
  });
});
