/** How a library's listen() reads its arguments; see listen-forms.ts and library-forms.ts. */
export type ListenStyle = "net" | "fastify" | "nest-fastify" | "port-only" | "not-net";

export interface Framework {
  readonly style: ListenStyle;
  /** Methods that return the object itself. */
  readonly fluent: ReadonlySet<string>;
  /** Properties, and methods without arguments, that give another server: name to framework. */
  readonly members: ReadonlyMap<string, string>;
}

const EVENTS = ["on", "once", "addListener", "prependListener", "prependOnceListener", "off", "removeListener", "removeAllListeners", "setMaxListeners"];
const SERVER = [...EVENTS, "setTimeout", "ref", "unref", "listen", "close"];
const ROUTES = ["use", "all", "get", "head", "post", "put", "patch", "delete", "options", "trace", "connect"];

function framework(style: ListenStyle, fluent: readonly string[], members: Readonly<Record<string, string>> = {}): Framework {
  return { style, fluent: new Set(fluent), members: new Map(Object.entries(members)) };
}

/**
 * Libraries whose servers listen, by the name that a `Receiver` carries. Sources are the files that hold each listen().
 * `listen` among the members: what calling it returns, where that is another server.
 */
export const FRAMEWORKS: ReadonlyMap<string, Framework> = new Map([
  // node: lib/net.js Server.prototype.listen; the others inherit it unchanged.
  ["node:net", framework("net", SERVER)],
  ["node:http", framework("net", SERVER)],
  ["node:https", framework("net", SERVER)],
  ["node:http2", framework("net", SERVER)],
  ["node:tls", framework("net", SERVER)],
  // express: lib/application.js app.listen passes all arguments to http.Server#listen.
  ["express", framework("net", [...EVENTS, ...ROUTES, "set", "enable", "disable", "engine", "param"], { listen: "node:http" })],
  // koa: lib/application.js listen(...args)
  ["koa", framework("net", [...EVENTS, "use"], { listen: "node:http" })],
  // connect: index.js proto.listen
  ["connect", framework("net", ["use", ...EVENTS], { listen: "node:http" })],
  // restify: lib/server.js Server.prototype.listen
  ["restify", framework("net", [...EVENTS, "use", "pre"], { server: "node:http" })],
  // polka: packages/polka/index.js listen
  ["polka", framework("net", [...ROUTES, "add", "listen"], { server: "node:http" })],
  // fastify: lib/server.js; since v5 an object only, before also normalizeListenArgs.
  ["fastify", framework("fastify", [...ROUTES, "register", "route", "decorate", "decorateRequest", "decorateReply", "addHook", "addSchema", "setErrorHandler", "setNotFoundHandler", "after", "ready", "withTypeProvider", "setValidatorCompiler", "setSerializerCompiler"], { server: "node:http" })],
  // hapi: lib/core.js _listen: listener.listen(port, address, callback), from the options given to the server.
  ["hapi", framework("not-net", [], { listener: "node:http" })],
  // nest: packages/core/nest-application.ts and packages/platform-express: all arguments reach http.Server#listen.
  ["nest", framework("net", ["use", "enableCors", "enableShutdownHooks", "setGlobalPrefix", "useGlobalPipes", "useGlobalFilters", "useGlobalGuards", "useGlobalInterceptors", "useWebSocketAdapter", "enableVersioning", "set", "enable", "disable", "init"], { getHttpServer: "node:http", listen: "node:http" })],
  // nest: packages/platform-fastify/adapters/fastify-adapter.ts listen
  ["nest-fastify", framework("nest-fastify", ["use", "enableCors", "enableShutdownHooks", "setGlobalPrefix", "useGlobalPipes", "useGlobalFilters", "useGlobalGuards", "useGlobalInterceptors", "useWebSocketAdapter", "enableVersioning", "register", "init"], { getHttpServer: "node:http", listen: "node:http" })],
  // ws: lib/websocket-server.js: listens in its constructor.
  ["ws", framework("not-net", EVENTS)],
  // socket.io: packages/socket.io/lib/index.ts listen = attach: a number becomes http.createServer().listen(number).
  ["socket.io", framework("port-only", [...EVENTS, "use", "of", "listen", "attach", "path", "adapter", "serveClient", "connectTimeout"], { httpServer: "node:http" })],
  // http-proxy: lib/http-proxy/index.js ProxyServer.prototype.listen(port, hostname)
  ["http-proxy", framework("port-only", [...EVENTS, "listen"])],
  // smtp-server: smtp-server.js listen(...args)
  ["smtp-server", framework("net", EVENTS)],
  // ssh2: lib/server.js Server#listen passes to net.Server.
  ["ssh2", framework("net", EVENTS)],
  // apollo-server 3: dist/index.js listen(...opts) passes to http.Server#listen.
  ["apollo-server", framework("net", [])],
  // @feathersjs/express, @feathersjs/koa: lib/index.js listen(...args) passes to express's and koa's.
  ["feathers", framework("net", [...EVENTS, ...ROUTES, "set", "configure", "hooks", "service"], { listen: "node:http" })],
]);

export interface Maker {
  readonly module: string;
  /** What is called or made with `new`: the export and the properties read from it; "" for the module or its default export. */
  readonly names: readonly string[];
  readonly framework: string;
}

function node(name: string, ...names: string[]): Maker {
  return { module: `node:${name}`, names, framework: `node:${name}` };
}

/** Calls and constructors that make a server. */
export const MAKERS: readonly Maker[] = [
  node("net", "createServer", "Server"),
  node("http", "createServer", "Server"),
  node("https", "createServer", "Server"),
  node("http2", "createServer", "createSecureServer"),
  node("tls", "createServer", "Server"),
  { module: "express", names: ["", "express"], framework: "express" },
  // json-server: lib/server/index.js: create() is express().
  { module: "json-server", names: ["create"], framework: "express" },
  { module: "loopback", names: [""], framework: "express" },
  { module: "fastify", names: ["", "fastify"], framework: "fastify" },
  { module: "koa", names: [""], framework: "koa" },
  { module: "@hapi/hapi", names: ["server", "Server"], framework: "hapi" },
  { module: "hapi", names: ["server", "Server"], framework: "hapi" },
  { module: "restify", names: ["createServer"], framework: "restify" },
  { module: "polka", names: [""], framework: "polka" },
  { module: "connect", names: [""], framework: "connect" },
  { module: "@nestjs/core", names: ["NestFactory.create"], framework: "nest" },
  // micro before 10: lib/index.js makes an http.Server.
  { module: "micro", names: [""], framework: "node:http" },
  // spdy: lib/spdy/server.js creates an https.Server.
  { module: "spdy", names: ["createServer"], framework: "node:https" },
  { module: "ws", names: ["Server", "WebSocketServer", "WebSocket.Server"], framework: "ws" },
  { module: "socket.io", names: ["", "Server", "listen"], framework: "socket.io" },
  { module: "http-proxy", names: ["createProxyServer", "createServer", "createProxy"], framework: "http-proxy" },
  { module: "smtp-server", names: ["SMTPServer"], framework: "smtp-server" },
  { module: "ssh2", names: ["Server"], framework: "ssh2" },
  { module: "apollo-server", names: ["ApolloServer"], framework: "apollo-server" },
  { module: "@feathersjs/express", names: ["", "default"], framework: "feathers" },
  { module: "@feathersjs/koa", names: ["koa"], framework: "feathers" },
];

/** Types that say a parameter, field or variable holds a server; what can be made with `new` is a type as well. */
export const TYPES: readonly Maker[] = [
  ...MAKERS,
  { module: "node:http2", names: ["Http2Server", "Http2SecureServer"], framework: "node:http2" },
  { module: "express", names: ["Express", "Application", "Express.Application"], framework: "express" },
  { module: "express-serve-static-core", names: ["Express", "Application"], framework: "express" },
  { module: "fastify", names: ["FastifyInstance"], framework: "fastify" },
  { module: "koa", names: ["Application"], framework: "koa" },
  { module: "polka", names: ["Polka"], framework: "polka" },
  { module: "connect", names: ["Server"], framework: "connect" },
  { module: "restify", names: ["Server"], framework: "restify" },
  { module: "@nestjs/common", names: ["INestApplication"], framework: "nest" },
  { module: "@nestjs/platform-express", names: ["NestExpressApplication"], framework: "nest" },
  { module: "@nestjs/platform-fastify", names: ["NestFastifyApplication"], framework: "nest-fastify" },
  { module: "@feathersjs/express", names: ["Application"], framework: "feathers" },
  { module: "@feathersjs/koa", names: ["Application"], framework: "feathers" },
];

/** Functions that hand back the server they are given, with methods added. */
export const PASS_THROUGH: readonly { readonly module: string; readonly name: string }[] = [
  // stoppable: lib/stoppable.js; http-shutdown: index.js
  { module: "stoppable", name: "" },
  { module: "http-shutdown", name: "" },
];

/** What listens when it is called or constructed, without a listen() of the caller's. */
export interface ConstructorListener {
  readonly module: string;
  readonly names: readonly string[];
  readonly framework: string;
  /** Which argument holds port and host, by property; or the port itself as a number ("port"). */
  readonly argument: "options" | "port" | "second-listen-property";
  readonly hostProperty: "host" | "hostname";
  /** The property that becomes the backlog, and whether it arrives positionally or as an option; none: always 511. */
  readonly backlog?: "positional" | "option";
  /** Properties that keep it from listening on its own. */
  readonly unless: readonly string[];
  /** Whether it listens only if it is given a port; the others have a default. */
  readonly needsPort: boolean;
}

export const CONSTRUCTOR_LISTENERS: readonly ConstructorListener[] = [
  // ws: lib/websocket-server.js: options.port != null → listen(options.port, options.host, options.backlog, callback)
  { module: "ws", names: ["Server", "WebSocketServer", "WebSocket.Server"], framework: "ws", argument: "options", hostProperty: "host", backlog: "positional", unless: ["server", "noServer"], needsPort: true },
  // @hono/node-server: src/server.ts serve: listen(options?.port ?? 3000, options.hostname, callback)
  { module: "@hono/node-server", names: ["serve"], framework: "hono", argument: "options", hostProperty: "hostname", unless: [], needsPort: false },
  // hapi: lib/core.js _listen
  { module: "@hapi/hapi", names: ["server", "Server"], framework: "hapi", argument: "options", hostProperty: "host", unless: ["listener", "autoListen"], needsPort: false },
  { module: "hapi", names: ["server", "Server"], framework: "hapi", argument: "options", hostProperty: "host", unless: ["listener", "autoListen"], needsPort: false },
  // socket.io: packages/socket.io/lib/index.ts constructor → attach
  { module: "socket.io", names: ["", "Server", "listen"], framework: "socket.io", argument: "port", hostProperty: "host", unless: [], needsPort: true },
  // engine.io: build/engine.io.js listen(port, options, callback)
  { module: "engine.io", names: ["listen"], framework: "engine.io", argument: "port", hostProperty: "host", unless: [], needsPort: true },
  // @apollo/server: src/standalone/index.ts startStandaloneServer(server, { listen }) → http.Server#listen(listen)
  { module: "@apollo/server/standalone", names: ["startStandaloneServer"], framework: "node:http", argument: "second-listen-property", hostProperty: "host", backlog: "option", unless: [], needsPort: false },
];

/** Packages whose objects have a `listen` of another kind, or none. */
export const NOT_SERVERS: ReadonlySet<string> = new Set([
  "node:events",
  "redux",
  "@reduxjs/toolkit",
  "history",
  "i18next",
  "mitt",
  "rxjs",
  "zustand",
  "effector",
  "electron",
  "vue",
  "svelte/store",
  "@tauri-apps/api/event",
  "vue-i18n",
  "nprogress",
  // uWebSockets.js: listen(port, options, callback): the second number are socket options; its backlog is fixed.
  "uWebSockets.js",
]);

/** Globals of browsers and runtimes; none is a net.Server. */
export const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(["window", "document", "navigator", "self", "globalThis", "console", "process", "Bun", "Deno", "chrome", "browser", "history", "location"]);
