// A second process that locks the data folder: takes SQLite's lock on the given file, like a second server
// would, prints whether it has it, and keeps it until it is killed.
import { DatabaseSync } from '@photostructure/sqlite';

const lock = new DatabaseSync(process.argv[2] ?? '');
// A garbage-collected handle would release its lock.
globalThis.keptLock = lock;
try {
  lock.exec('pragma busy_timeout = 0; begin exclusive');
  process.stdout.write('held\n');
  process.stdin.resume();
} catch {
  process.stdout.write('refused\n');
  lock.close();
}
