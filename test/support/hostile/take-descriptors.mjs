// Preloaded into a server process: at SIGUSR2 it opens files until the system refuses, and closes them
// at the next one.
import { closeSync, openSync } from 'node:fs';

const taken = [];

process.on('SIGUSR2', () => {
  if (taken.length > 0) {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
    return;
  }
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
});
