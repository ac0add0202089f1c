import { afterEach } from 'vitest';
import { compareWithRows, expectNoDifferences } from '../support/databases/compare-snapshots.ts';

// Wherever a test uses a snapshot that its store has kept, the rows have to agree with it.
compareWithRows();
afterEach(expectNoDifferences);
