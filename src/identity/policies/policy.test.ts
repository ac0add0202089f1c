import { describe, expect, test } from 'vitest';
import { parsePolicy } from './policy.ts';
import { PolicyError } from './policy-json.ts';

const statement = { Effect: 'Allow', Action: 'codepipeline:*', Resource: '*' };
const withCondition = (condition: unknown) => ({ Statement: { ...statement, Condition: condition } });

function faultOf(document: unknown): string {
  try {
    parsePolicy(document);
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  throw new Error('the policy was accepted');
}

describe('a policy may', () => {
  test.each([
    ['be text', JSON.stringify({ Version: '2012-10-17', Statement: [statement] })],
    ['have one statement outside a list', { Statement: statement }],
    ['have the older version and an id', { Version: '2008-10-17', Id: 'x', Statement: [statement] }],
    [
      'have lists everywhere',
      { Statement: [{ ...statement, Action: ['a:B', '*'], Resource: ['*', 'arn:aws:s3:::b'] }] },
    ],
    ['exclude', { Statement: [{ Effect: 'Deny', NotAction: 'codepipeline:Get*', NotResource: 'arn:aws:s3:::b/*' }] }],
    ['end an ARN early with a star', { Statement: { ...statement, Resource: 'arn:aws:codepipeline:*' } }],
    ['name its statements', { Statement: [{ ...statement, Sid: 'One' }, { ...statement, Sid: 'Two' }, statement] }],
    ['write booleans as such', withCondition({ Null: { 'aws:TagKeys': true } })],
    ['write keys in any case', withCondition({ StringEquals: { 'AWS:requesttag/Team': 'a' } })],
    ['ask for all or any', withCondition({ 'ForAllValues:StringLikeIfExists': { 'aws:TagKeys': ['a*', 'b'] } })],
    ['ask for ARNs', withCondition({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } })],
    ['have 6,144 characters and any white space', `${' '.repeat(9000)}${JSON.stringify({ Statement: statement })}`],
  ])('%s', (_, document) => {
    expect(parsePolicy(document).statements.length).toBeGreaterThan(0);
  });
});

describe('a policy may not', () => {
  test.each<[string, unknown, string]>([
    ['be a number', 7, 'a policy must be a JSON object'],
    ['be missing', undefined, 'a policy must be a JSON object'],
    ['be a list', '[]', 'a policy must be a JSON object'],
    ['be broken text', '{"Statement":', 'the policy is not valid JSON'],
    ['have no statement', {}, 'Statement: is missing'],
    ['have an empty list', { Statement: [] }, 'Statement: needs at least one statement'],
    [
      'have another version',
      { Version: '2020-01-01', Statement: statement },
      'Version: must be 2012-10-17 or 2008-10-17',
    ],
    ['have unknown members', { statement }, "'statement' is not supported; there are Version, Id, Statement"],
    [
      'name a principal',
      { Statement: [{ ...statement, Principal: '*' }] },
      'Statement[0]: Principal has no place here',
    ],
    ['allow by another word', { Statement: [{ ...statement, Effect: 'allow' }] }, 'Statement[0].Effect: must be'],
    [
      'leave the action out',
      { Statement: [{ Effect: 'Allow', Resource: '*' }] },
      'Statement[0]: needs either Action or',
    ],
    ['give both', { Statement: [{ ...statement, NotResource: '*' }] }, 'Statement[0]: needs either Resource or'],
    ['have no action in the list', { Statement: { ...statement, Action: [] } }, 'Statement.Action: needs at least one'],
    [
      'leave the service out',
      { Statement: { ...statement, Action: ['a:B', 'Get*'] } },
      "Statement.Action[1]: 'Get*' is no",
    ],
    ['have a wildcard service', { Statement: { ...statement, Action: '*:Get*' } }, "Statement.Action: '*:Get*' is no"],
    ['name a resource without ARN', { Statement: { ...statement, Resource: 'p1' } }, "Statement.Resource: 'p1' is no"],
    ['cut an ARN', { Statement: { ...statement, Resource: 'arn:aws:s3' } }, "Statement.Resource: 'arn:aws:s3' is no"],
    ['use variables', { Statement: { ...statement, Resource: 'arn:aws:s3:::${aws:username}' } }, 'policy variables'],
    ['use numbers', { Statement: { ...statement, Action: [1] } }, 'Statement.Action[0]: must be a string'],
    [
      'have a Sid with blanks',
      { Statement: { ...statement, Sid: 'a b' } },
      'Statement.Sid: must be letters and digits',
    ],
    [
      'repeat a Sid',
      {
        Statement: [
          { ...statement, Sid: 'A' },
          { ...statement, Sid: 'A' },
        ],
      },
      "Statement[1].Sid: 'A' stands",
    ],
    ['look at dates', withCondition({ DateLessThan: {} }), "Statement.Condition: the operator 'DateLessThan' is not"],
    [
      'look at the time',
      withCondition({ DateLessThan: { 'aws:CurrentTime': '::' } }),
      "the operator 'DateLessThan' is not",
    ],
    [
      'look at unknown keys',
      withCondition({ Bool: { 'aws:ViaAWSService': 'true' } }),
      "key 'aws:ViaAWSService' is not",
    ],
    ['reach for the prototype', JSON.parse('{"Statement":{},"__proto__":{}}'), "'__proto__' is not supported"],
    ['use the prototype as an operator', withCondition({ constructor: {} }), "the operator 'constructor' is not"],
    ['ask all of ARNs', withCondition({ 'ForAllValues:ArnLike': {} }), 'ForAllValues goes with the String operators'],
    ['ask Null if it exists', withCondition({ NullIfExists: {} }), 'Null has no IfExists'],
    ['have no keys', withCondition({ StringEquals: {} }), 'Statement.Condition.StringEquals: needs at least one'],
    [
      'have no values',
      withCondition({ StringLike: { 'aws:TagKeys': [] } }),
      'StringLike.aws:TagKeys: needs at least one',
    ],
    [
      'ask for half truths',
      withCondition({ Bool: { 'aws:TagKeys': 'yes' } }),
      'Bool.aws:TagKeys: must be true or false',
    ],
    [
      'compare with no ARN',
      withCondition({ ArnLike: { 'aws:PrincipalArn': '*' } }),
      "ArnLike.aws:PrincipalArn: '*' is no",
    ],
    ['say a thing twice', '{"Statement":[],"State\\u006dent":[]}', "'Statement' stands twice in the same object"],
    [
      'say a condition twice',
      '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"a":"}"},"Bool":{}}}}',
      "'Bool' stands twice in the same object",
    ],
    ['be longer', { Statement: { ...statement, Sid: 'x'.repeat(6144) } }, 'characters; 6144 are allowed'],
  ])('%s', (_, document, fault) => {
    expect(faultOf(document)).toContain(fault);
  });

  test('hide a fault behind a long list', () => {
    const actions = [...Array.from({ length: 50 }, (_, index) => `a:B${index}`), 'broken'];
    expect(faultOf({ Statement: [statement, { ...statement, Action: actions }] })).toMatch(
      /^Statement\[1\]\.Action\[50\]: /,
    );
  });
});
