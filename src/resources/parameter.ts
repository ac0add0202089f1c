import type { KindDescription } from './resource-kind.ts';

const values = ['value', 'values', 'secureValue'];

/** A parameter of Systems Manager, whose name may be a path. */
export const parameter: KindDescription = {
  kind: 'Parameter',
  section: 'parameters',
  documentation: 'A parameter that `ssm:GetParameter` returns.',
  nameMistake: (name) =>
    /^\/?[\w.-]+(?:\/[\w.-]+){0,14}$/.test(name) && name.length <= 500
      ? undefined
      : 'a parameter is named like shop or /shop/db/host: at most 15 parts of letters, digits, dots, hyphens and underscores, and 500 characters in all',
  members: {
    value: { type: 'text', documentation: 'The value of a `String`.' },
    values: { type: 'list', documentation: 'The values of a `StringList`, none of which has a comma.' },
    secureValue: { type: 'text', isSecret: true, documentation: 'The value of a `SecureString`.' },
  },
  mistakesOf(document) {
    const given = values.filter((member) => document[member] !== undefined);
    const [first = 'value', second] = given;
    if (given.length === 0) return [{ member: first, mistake: 'a parameter needs value, values or secureValue' }];
    if (second !== undefined) return [{ member: second, mistake: `a parameter cannot have ${first} as well` }];
    const list = Array.isArray(document.values) ? (document.values as unknown[]) : [];
    if (document.values !== undefined && list.length === 0) return [{ member: 'values', mistake: 'the list is empty' }];
    return list.some((text) => String(text).includes(',')) ? [{ member: 'values', mistake: 'one has a comma' }] : [];
  },
};
