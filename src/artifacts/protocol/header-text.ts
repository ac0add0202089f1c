import { refusals } from './s3-error.ts';

const nameShape = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const valueShape = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Rejects a value from outside the headers that no response header could contain. */
export function checkHeaderText(name: string, value: string): void {
  if (nameShape.test(name) && valueShape.test(value)) return;
  throw refusals.invalidArgument(name, value, 'Header value cannot be represented using ISO-8859-1.');
}
