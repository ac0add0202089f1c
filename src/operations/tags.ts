import { ServiceError } from '../contract/errors.ts';
import type { Tag } from '../contract/generated.ts';

const maxTags = 50;

/** The tags of a create call as a map, checked as TagResource checks them (behaviour B.1). */
export function checkTags(tags: Tag[] | undefined, resourceArn: string): Record<string, string> {
  const list = tags ?? [];
  if (list.length > maxTags) {
    throw new ServiceError('TooManyTagsException', `Tag limit exceeded for resource [${resourceArn}].`);
  }
  if (list.some(({ key }) => key.toLowerCase().startsWith('aws:'))) {
    throw new ServiceError(
      'InvalidTagsException',
      "Not allowed to modify system tags. System tags start with 'aws:'. msg=User can not set or delete system tags",
    );
  }
  const keys = list.map(({ key }) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined)
    throw new ServiceError('InvalidTagsException', `The tag key '${twice}' is used more than once.`);
  return Object.fromEntries(list.map(({ key, value }) => [key, value]));
}
