import type { Scope } from '../model/pipeline.ts';
import { type Resource, secretContext } from '../model/resource.ts';
import { hiddenSecret } from './compare-documents.ts';
import { resourceKinds } from './resource-kinds.ts';

/** Encrypts short texts for one context. */
interface Sealer {
  seal(plain: string, context: string): string;
  open(sealed: string, context: string): string;
}

/** Returns the document with its secrets sealed. */
export function sealDocument(sealer: Sealer, scope: Scope, resource: Resource): Resource['document'] {
  const { members } = resourceKinds[resource.kind];
  return mapDocument(resource.document, (member, value) =>
    members[member]?.isSecret && typeof value === 'string'
      ? { sealed: sealer.seal(value, secretContext(scope, resource, member)) }
      : value,
  );
}

/** Returns the document with its secrets open. */
export function openDocument(sealer: Sealer, scope: Scope, resource: Resource): Resource['document'] {
  return mapDocument(resource.document, (member, value) =>
    isSealed(value) ? sealer.open(value.sealed, secretContext(scope, resource, member)) : value,
  );
}

/** Returns the document as people see it. */
export function hideSecrets({ document }: Resource): Resource['document'] {
  return mapDocument(document, (_, value) => (isSealed(value) ? hiddenSecret : value));
}

type Value = Resource['document'][string];

function mapDocument(document: Resource['document'], map: (member: string, value: Value) => Value) {
  return Object.fromEntries(Object.entries(document).map(([member, value]) => [member, map(member, value)]));
}

function isSealed(value: Value): value is { sealed: string } {
  return typeof value === 'object' && !Array.isArray(value);
}
