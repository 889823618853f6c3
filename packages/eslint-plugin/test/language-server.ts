import { spawn, type ChildProcess } from "node:child_process";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly message: string };
}

/** A language server at the other end of its standard streams; see the Language Server Protocol's base protocol. */
export class LanguageServer {
  readonly #process: ChildProcess;
  readonly #answer: (method: string, params: Json) => Json;
  readonly #waiting = new Map<number, { readonly resolve: (result: Json) => void; readonly reject: (error: Error) => void }>();
  #received = Buffer.alloc(0);
  #last = 0;
  #log = "";

  /** `answer` says what the editor answers to the server's own requests. */
  constructor(program: string, folder: string, answer: (method: string, params: Json) => Json) {
    this.#answer = answer;
    this.#process = spawn(process.execPath, [program, "--stdio"], { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdout?.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#read();
    });
    this.#process.stderr?.on("data", (chunk: Buffer) => (this.#log += chunk.toString()));
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the language server ended: ${this.#log}`));
    });
  }

  /** What the server has logged, for a failing test's message. */
  get log(): string {
    return this.#log;
  }

  request(method: string, params: Json): Promise<Json> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no answer to ${method} in 40 s: ${this.#log}`));
      }, 40_000);
      this.#waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#send({ id, method, params });
    });
  }

  notify(method: string, params: Json): void {
    this.#send({ method, params });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin?.write(`Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`);
  }

  #read(): void {
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.toString("latin1", 0, end))?.[1]);
      if (this.#received.length < end + 4 + length) return;
      const message = JSON.parse(this.#received.toString("utf8", end + 4, end + 4 + length)) as Message;
      this.#received = this.#received.subarray(end + 4 + length);
      this.#take(message);
    }
  }

  #take({ id, method, params = null, result = null, error }: Message): void {
    if (method !== undefined) {
      if (method === "window/logMessage") this.#log += `${JSON.stringify(params)}\n`;
      if (id !== undefined) this.#send({ id, result: this.#answer(method, params) });
      return;
    }
    if (typeof id !== "number") return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }
}
