import { refusals } from './s3-error.ts';

const nameShape = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const valueShape = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Refuses what came by another way than a header and could not be told in one: it would break every later answer. */
export function checkHeaderText(name: string, value: string): void {
  if (nameShape.test(name) && valueShape.test(value)) return;
  throw refusals.invalidArgument(name, value, 'Header value cannot be represented using ISO-8859-1.');
}
