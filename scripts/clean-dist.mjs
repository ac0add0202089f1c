// Begins a build: empties dist/ and marks the moment. copy-assets.mjs turns the mark into the one of a finished build.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
writeFileSync(new URL('.build-started', dist), '');
