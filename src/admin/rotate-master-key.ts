import type { AdminOperation } from './operation.ts';

/** New secrets and credentials are sealed with a fresh key; what was sealed before can still be opened (DECISIONS 12). */
export const rotateMasterKey: AdminOperation = {
  sentence:
    "Makes a fresh master key the current one. Temporary credentials of the old one work until they expire; stored secrets stay sealed with it until they are written again, so older versions stay in the key file. Refused where the state is in a database: there the nodes' file is changed in two steps, by `millrace master-keys`.",
  input: {},
  output: { version: 'The version of the new master key.' },
  run: async (_input, _account, { rotateMasterKey: rotate }) => ({ version: rotate() }),
};
