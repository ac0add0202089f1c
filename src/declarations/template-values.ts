/** What a template says beside its resources. */
export interface TemplateContext {
  /** Values of parameters: given ones, else their defaults. */
  parameters: ReadonlyMap<string, string>;
  mappings: unknown;
  /** Names of resources, by their logical ids. */
  names: ReadonlyMap<string, string>;
  region: string;
  account: string;
}

/** The beginning of a text that stands for a value that only AWS knows. */
const unknownPrefix = 'unresolved-';

/** The beginning of a reference that CloudFormation resolves when it makes the resource. */
const dynamicReference = '{{resolve:';

/** Reports whether a value of a declaration stands for one that is not known. */
export function isUnresolved(value: unknown): boolean {
  return typeof value === 'string' && (value.includes(unknownPrefix) || value.includes(dynamicReference));
}

const noValue = Symbol('AWS::NoValue');

/** Replaces the functions of CloudFormation in a value; members that are `AWS::NoValue` go. */
export function resolveFunctions(value: unknown, context: TemplateContext): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveFunctions(item, context)).filter((item) => item !== noValue);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
    return callFunction(only[0], only[1], context);
  }
  const resolved = entries.map(([name, member]) => [name, resolveFunctions(member, context)] as const);
  return Object.fromEntries(resolved.filter(([, member]) => member !== noValue));
}

function callFunction(name: string, argument: unknown, context: TemplateContext): unknown {
  const resolve = (value: unknown) => resolveFunctions(value, context);
  const list = Array.isArray(argument) ? argument : [];
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? noValue : refer(String(argument), context);
    case 'Fn::Sub':
      return substitute(argument, context);
    case 'Fn::Join':
      return textsOf(resolve(list[1])).join(String(list[0] ?? ''));
    case 'Fn::Split':
      return String(resolve(list[1])).split(String(list[0] ?? ''));
    case 'Fn::Select':
      return textsOf(resolve(list[1]))[Number(resolve(list[0]))] ?? unknown('Select');
    case 'Fn::FindInMap':
      return findInMap(list.map(resolve), context);
    // Which branch counts is not known without the conditions; the first is what a condition is written for.
    case 'Fn::If':
      return resolve(list[1]);
    case 'Fn::GetAtt':
      return unknown(textsOf(argument).join('.'));
    default:
      return unknown(name.replace('Fn::', ''));
  }
}

function unknown(what: string): string {
  return `${unknownPrefix}${what.replaceAll(/[^A-Za-z0-9]+/g, '-')}`;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function refer(name: string, { parameters, names, region, account }: TemplateContext): string {
  const pseudo: Record<string, string> = {
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return (
    parameters.get(name) ?? names.get(name) ?? (Object.hasOwn(pseudo, name) ? pseudo[name] : undefined) ?? unknown(name)
  );
}

function substitute(argument: unknown, context: TemplateContext): string {
  const [text, given] = Array.isArray(argument) ? argument : [argument, {}];
  const values = resolveFunctions(given, context) as Record<string, unknown>;
  return String(text).replaceAll(/\$\{(!?)([^}]*)\}/g, (_, isEscaped: string, name: string) => {
    if (isEscaped) return `\${${name}}`;
    if (Object.hasOwn(values ?? {}, name)) return String(values[name]);
    return name.includes('.') ? unknown(name) : refer(name, context);
  });
}

function findInMap(names: unknown[], { mappings }: TemplateContext): unknown {
  let found: unknown = mappings;
  for (const name of names.slice(0, 3)) {
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[String(name)] : undefined;
  }
  return found ?? unknown('FindInMap');
}
