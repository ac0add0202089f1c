import type { LifecycleRule, Tag } from '../../store/objects/object-index.ts';
import { refusals, S3Error } from './s3-error.ts';
import { readTags } from './tags.ts';
import { asList, isElement } from './xml.ts';

const maxRules = 1000;
const actions = [
  'Expiration',
  'NoncurrentVersionExpiration',
  'AbortIncompleteMultipartUpload',
  'Transition',
  'NoncurrentVersionTransition',
];
const members = ['ID', 'Status', 'Filter', 'Prefix', ...actions];

type Element = Record<string, unknown>;

/** Reads the rules of a `LifecycleConfiguration` that take effect: the enabled ones, without their transitions. */
export function readRules(document: Element): LifecycleRule[] {
  const rules = asList(document.Rule);
  if (rules.length === 0 || rules.length > maxRules || !rules.every(isElement)) {
    throw refusals.malformedXml(`between 1 and ${maxRules} rules`);
  }
  const ids = rules.flatMap(({ ID }) => (typeof ID === 'string' ? [ID] : []));
  if (new Set(ids).size < ids.length) throw invalid('Rule ID must be unique. Found same ID for more than one rule');
  if (ids.some((id) => id.length > 255)) throw invalid('ID length should not exceed allowed limit of 255');
  return rules
    .map((rule) => ({ rule, read: readRule(rule) }))
    .flatMap(({ rule, read }) => (rule.Status === 'Enabled' ? [read] : []));
}

function readRule(rule: Element): LifecycleRule {
  requireMembers(rule, members);
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw refusals.malformedXml('Status');
  if (!actions.some((name) => rule[name] !== undefined)) {
    throw invalid('At least one action needs to be specified in a rule');
  }
  if (rule.Prefix !== undefined && rule.Filter !== undefined) throw refusals.malformedXml('Prefix or Filter');
  if (rule.Prefix === undefined && rule.Filter === undefined) throw refusals.malformedXml('Filter');
  return {
    ...readFilter(rule),
    ...readExpiration(element(rule.Expiration, 'Expiration', ['Days', 'Date', 'ExpiredObjectDeleteMarker'])),
    ...readNoncurrent(
      element(rule.NoncurrentVersionExpiration, 'NoncurrentVersionExpiration', [
        'NoncurrentDays',
        'NewerNoncurrentVersions',
      ]),
    ),
    abortUploadDays: positive(
      element(rule.AbortIncompleteMultipartUpload, 'AbortIncompleteMultipartUpload', ['DaysAfterInitiation'])
        .DaysAfterInitiation,
      'DaysAfterInitiation',
    ),
  };
}

function readFilter(rule: Element): Pick<LifecycleRule, 'prefix' | 'tags' | 'sizeGreaterThan' | 'sizeLessThan'> {
  const names = ['Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'];
  const filter =
    rule.Filter === undefined ? { Prefix: rule.Prefix } : element(rule.Filter, 'Filter', [...names, 'And']);
  if (Object.keys(filter).length > 1) throw refusals.malformedXml('a Filter has one element; And joins several');
  const inner = filter.And === undefined ? filter : element(filter.And, 'And', names);
  return {
    prefix: typeof inner.Prefix === 'string' ? inner.Prefix : '',
    tags: readFilterTags(inner.Tag),
    sizeGreaterThan: whole(inner.ObjectSizeGreaterThan, 'ObjectSizeGreaterThan'),
    sizeLessThan: whole(inner.ObjectSizeLessThan, 'ObjectSizeLessThan'),
  };
}

function readFilterTags(tags: unknown): Tag[] {
  return tags === undefined ? [] : readTags({ Tag: asList(tags) }, 10);
}

function readExpiration(
  expiration: Element,
): Pick<LifecycleRule, 'expirationDays' | 'expirationAt' | 'expiresDeleteMarkers'> {
  if (Object.keys(expiration).length > 1)
    throw refusals.malformedXml('Expiration has one of Days, Date and ExpiredObjectDeleteMarker');
  const { Date: date, ExpiredObjectDeleteMarker: marker } = expiration;
  const expirationAt = date === undefined ? undefined : Date.parse(String(date));
  if (Number.isNaN(expirationAt)) throw refusals.malformedXml('Date');
  if (expirationAt !== undefined && expirationAt % 86_400_000 !== 0) throw invalid("'Date' must be at midnight GMT");
  return {
    expirationDays: positive(expiration.Days, 'Days'),
    expirationAt,
    expiresDeleteMarkers: marker === 'true' || undefined,
  };
}

function readNoncurrent(noncurrent: Element): Pick<LifecycleRule, 'noncurrentDays' | 'keepNoncurrent'> {
  return {
    noncurrentDays: positive(noncurrent.NoncurrentDays, 'NoncurrentDays'),
    keepNoncurrent: whole(noncurrent.NewerNoncurrentVersions, 'NewerNoncurrentVersions'),
  };
}

function element(node: unknown, name: string, known: string[]): Element {
  if (node === undefined || node === '') return {};
  if (!isElement(node)) throw refusals.malformedXml(`<${name}>`);
  requireMembers(node, known);
  return node;
}

function requireMembers(node: Element, known: string[]): void {
  const unknown = Object.keys(node).find((name) => !known.includes(name));
  if (unknown !== undefined) throw refusals.malformedXml(`<${unknown}> is not known here`);
}

function positive(text: unknown, name: string): number | undefined {
  const number = whole(text, name);
  if (number === 0) throw invalid(`'${name}' must be a positive integer`);
  return number;
}

function whole(text: unknown, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) throw invalid(`'${name}' must be a positive integer`);
  return Number(text);
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidArgument', message);
}
