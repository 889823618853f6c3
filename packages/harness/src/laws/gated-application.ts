import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * An application whose answers wait until they are released, so that nothing hangs on how long anything takes. Each request
 * takes a number: `taken` grows by a letter, "r" for a request, "p" for a probe of /health. The request of number n is answered
 * once `released` holds n letters; a probe is answered at once. `told` grows by a letter when a worker gets SIGTERM.
 */
export const gatedApplication = `import os, signal, time

def append(name, letter):
    file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, letter)
    # An append moves the position to the new end, so it is this request's number.
    number = os.lseek(file, 0, os.SEEK_CUR)
    os.close(file)
    return number

# Workers import the application after they have set their handlers.
end = signal.getsignal(signal.SIGTERM)

def end_and_tell(number, frame):
    end(number, frame)
    append("told", b"t")

signal.signal(signal.SIGTERM, end_and_tell)

def application(environ, start_response):
    probe = environ["PATH_INFO"] == "/health"
    number = append("taken", b"p" if probe else b"r")
    while not probe and os.path.getsize("released") < number:
        time.sleep(0.002)
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]
`;

/** The harness's side of it. */
export interface Gate {
  /** Letters in the order in which workers took requests up. */
  readonly taken: () => string;
  /** Lets that many more requests be answered. */
  readonly release: (requests: number) => void;
  /** Workers that know that they are to end. */
  readonly told: () => number;
}

/** For the one server whose application runs in that directory. */
export function makeGate(directory: string): Gate {
  const path = (name: string): string => join(directory, name);
  for (const name of ["taken", "released", "told"]) appendFileSync(path(name), "");
  return {
    taken: () => readFileSync(path("taken"), "latin1"),
    release: (requests) => {
      appendFileSync(path("released"), ".".repeat(requests));
    },
    told: () => readFileSync(path("told"), "latin1").length,
  };
}
