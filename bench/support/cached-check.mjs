// @ts-check
// A minimal signed API: checks the signature and sends a fixed body. `node cached-check.mjs`.
import { serveSigned } from './signed-server.mjs';

serveSigned(() => '{"jobs":[]}');
