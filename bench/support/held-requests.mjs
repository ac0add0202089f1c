// @ts-check
// A minimal signed API that holds each call: checks the signature and sends a fixed body after a while.
// `node held-requests.mjs <seconds>`.
import { setTimeout as sleep } from 'node:timers/promises';
import { serveSigned } from './signed-server.mjs';

const heldMs = Number(process.argv[2]) * 1000;

serveSigned(() => sleep(heldMs, '{"jobs":[]}'));
