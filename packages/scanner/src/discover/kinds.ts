/** What the name of a file says about who may want to read it. */
export type FileKind =
  /** JavaScript or TypeScript: parsed when its bytes say that it may listen. */
  | "javascript"
  /** Small and likely to be a configuration: its text is offered to every reader. */
  | "text"
  /** Without an extension: a script where its first bytes say so. */
  | "bare";

const JAVASCRIPT = /\.(?:[cm]?[jt]s|[jt]sx)$/i;
const DECLARATIONS = /\.d\.(?:[cm]?ts|[\w-]+\.ts)$/i;

/** Extensions of configurations that some reader understands, also below a template's extension (`nginx.conf.j2`). */
const TEXT = /\.(?:conf|cfg|ini|nginx|vhost|service|socket|sh|bash|zsh|ksh|ya?ml|dockerfile|env)$/i;
const TEMPLATE = /\.(?:template|tmpl|tpl|j2|jinja2?|erb|epp|ejs|mustache|hbs|ctmpl|sigil|in|dist|default|example|sample|prod|production|dev|development|staging|local)$/i;

/** Names that say it without an extension; those of images and processes often have one of their own. `default` is Debian's site. */
const NAMES = /^(?:(?:nginx|gunicorn|supervisord?)[^.]*$|(?:procfile|dockerfile|containerfile)(?:$|[._-])|default$)/i;
const NGINX_DIRECTORY = /(?:^|\/)(?:sites-(?:enabled|available)|conf\.d|nginx)\//i;

/** The kind of a file by its name; undefined for what no reader looks into. */
export function kindOf(path: string): FileKind | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (JAVASCRIPT.test(name)) return DECLARATIONS.test(name) ? undefined : "javascript";
  let stem = name;
  while (TEMPLATE.test(stem)) stem = stem.replace(TEMPLATE, "");
  if (TEXT.test(stem)) return "text";
  if (/\.py$/i.test(stem)) return /gunicorn|\.conf\.py$/i.test(stem) ? "text" : undefined;
  if (/\.json5?$/i.test(stem)) return isJsonOfInterest(path, stem) ? "text" : undefined;
  if (NAMES.test(stem)) return "text";
  if (stem.includes(".")) {
    // A site's file is often named after its host: sites-enabled/shop.example.com.
    return /(?:^|\/)sites-(?:enabled|available)\//.test(path) ? "text" : undefined;
  }
  return NGINX_DIRECTORY.test(path) ? "text" : "bare";
}

function isJsonOfInterest(path: string, name: string): boolean {
  return name === "package.json" || /^(?:ecosystem|pm2|process)/i.test(name) || /(?:^|\/)config\/[^/]+$/.test(path);
}
