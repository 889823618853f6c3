import { drain } from "./drain.ts";
import { maxFails } from "./max-fails.ts";
import { oneAcceptATurn } from "./one-accept-a-turn.ts";
import { probeBehindQueue } from "./probe-behind-queue.ts";

/** What servers do that is no count of one scenario's clients; each is tried on the real program. */
export const laws = { maxFails, drain, probeBehindQueue, oneAcceptATurn };
export type Laws = typeof laws;
