import type { KindDescription } from './resource-kind.ts';

/** A secret of Secrets Manager. */
export const secret: KindDescription = {
  kind: 'Secret',
  section: 'secrets',
  documentation: 'A secret that `secretsmanager:GetSecretValue` returns.',
  nameMistake: (name) =>
    /^[\w/+=.@-]{1,256}$/.test(name)
      ? undefined
      : 'a secret is named by 1 to 256 letters, digits and characters of /_+=.@-',
  members: {
    value: { type: 'text', isRequired: true, isSecret: true, documentation: 'Its text, often a JSON object.' },
  },
};
