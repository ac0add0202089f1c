import type { ActionConfigurationProperty } from '../contract/generated.ts';

/** A configuration property of a built-in action type: not secret, and key only when it names what is acted upon. */
export function property(
  name: string,
  description: string,
  flags: { isRequired?: boolean; isKey?: boolean } = {},
): ActionConfigurationProperty {
  const { isKey = false, isRequired = false } = flags;
  return { name, description, required: isRequired, key: isKey, secret: false };
}
