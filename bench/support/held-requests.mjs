// @ts-check
// A minimal signed API that holds each call: checks the signature and sends a fixed body after a while.
// `node held-requests.mjs <seconds>`.
import { serveSigned } from './signed-server.mjs';

const heldMs = Number(process.argv[2]) * 1000;

// A plain timer: those of node:timers/promises take more memory.
serveSigned(() => new Promise((resolve) => setTimeout(resolve, heldMs, '{"jobs":[]}')));
