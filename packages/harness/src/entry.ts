#!/usr/bin/env node
import { reenter } from "./reenter.ts";

// The program that scenario children, listener threads and Node servers run where no other program re-enters for them.
await reenter();
