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
    [
      'have NotAction and NotResource',
      { Statement: [{ Effect: 'Deny', NotAction: 'codepipeline:Get*', NotResource: 'arn:aws:s3:::b/*' }] },
    ],
    ['end an incomplete ARN with *', { Statement: { ...statement, Resource: 'arn:aws:codepipeline:*' } }],
    ['have Sids', { Statement: [{ ...statement, Sid: 'One' }, { ...statement, Sid: 'Two' }, statement] }],
    ['have JSON booleans', withCondition({ Null: { 'aws:TagKeys': true } })],
    ['have condition keys in any case', withCondition({ StringEquals: { 'AWS:requesttag/Team': 'a' } })],
    ['have set operators', withCondition({ 'ForAllValues:StringLikeIfExists': { 'aws:TagKeys': ['a*', 'b'] } })],
    ['have ARN operators', withCondition({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } })],
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
    ['be invalid JSON', '{"Statement":', 'the policy is not valid JSON'],
    ['have no statement', {}, 'Statement: is missing'],
    ['have an empty list', { Statement: [] }, 'Statement: needs at least one statement'],
    [
      'have an unknown version',
      { Version: '2020-01-01', Statement: statement },
      'Version: must be 2012-10-17 or 2008-10-17',
    ],
    ['have unknown members', { statement }, "'statement' is not supported: expected Version, Id, Statement"],
    [
      'name a principal',
      { Statement: [{ ...statement, Principal: '*' }] },
      'Statement[0]: Principal is not allowed here',
    ],
    ['have an unknown effect', { Statement: [{ ...statement, Effect: 'allow' }] }, 'Statement[0].Effect: must be'],
    ['omit the action', { Statement: [{ Effect: 'Allow', Resource: '*' }] }, 'Statement[0]: needs either Action or'],
    [
      'have both Resource and NotResource',
      { Statement: [{ ...statement, NotResource: '*' }] },
      'Statement[0]: needs either Resource or',
    ],
    ['have an empty action list', { Statement: { ...statement, Action: [] } }, 'Statement.Action: needs at least one'],
    [
      'omit the service',
      { Statement: { ...statement, Action: ['a:B', 'Get*'] } },
      "Statement.Action[1]: invalid action 'Get*'",
    ],
    [
      'have a wildcard service',
      { Statement: { ...statement, Action: '*:Get*' } },
      "Statement.Action: invalid action '*:Get*'",
    ],
    [
      'have a resource that is not an ARN',
      { Statement: { ...statement, Resource: 'p1' } },
      "Statement.Resource: invalid resource 'p1'",
    ],
    [
      'have an incomplete ARN',
      { Statement: { ...statement, Resource: 'arn:aws:s3' } },
      "Statement.Resource: invalid resource 'arn:aws:s3'",
    ],
    ['use variables', { Statement: { ...statement, Resource: 'arn:aws:s3:::${aws:username}' } }, 'policy variables'],
    ['contain numbers', { Statement: { ...statement, Action: [1] } }, 'Statement.Action[0]: must be a string'],
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
      "Statement[1].Sid: 'A' is used",
    ],
    [
      'have date operators',
      withCondition({ DateLessThan: {} }),
      "Statement.Condition: the operator 'DateLessThan' is not",
    ],
    [
      'depend on the time',
      withCondition({ DateLessThan: { 'aws:CurrentTime': '::' } }),
      "the operator 'DateLessThan' is not",
    ],
    [
      'have unknown condition keys',
      withCondition({ Bool: { 'aws:ViaAWSService': 'true' } }),
      "key 'aws:ViaAWSService' is not",
    ],
    ['have __proto__ as a member', JSON.parse('{"Statement":{},"__proto__":{}}'), "'__proto__' is not supported"],
    ['have a prototype member as operator', withCondition({ constructor: {} }), "the operator 'constructor' is not"],
    [
      'have ForAllValues with ARNs',
      withCondition({ 'ForAllValues:ArnLike': {} }),
      'ForAllValues needs a String operator',
    ],
    ['have Null with IfExists', withCondition({ NullIfExists: {} }), 'IfExists cannot follow Null'],
    [
      'have no condition keys',
      withCondition({ StringEquals: {} }),
      'Statement.Condition.StringEquals: needs at least one',
    ],
    [
      'have no values',
      withCondition({ StringLike: { 'aws:TagKeys': [] } }),
      'StringLike.aws:TagKeys: needs at least one',
    ],
    [
      'have other values than true and false',
      withCondition({ Bool: { 'aws:TagKeys': 'yes' } }),
      'Bool.aws:TagKeys: must be true or false',
    ],
    [
      'compare with something that is not an ARN',
      withCondition({ ArnLike: { 'aws:PrincipalArn': '*' } }),
      "ArnLike.aws:PrincipalArn: invalid ARN '*'",
    ],
    ['repeat a member', '{"Statement":[],"State\\u006dent":[]}', "'Statement' occurs twice in the same object"],
    [
      'repeat a member in a condition',
      '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"a":"}"},"Bool":{}}}}',
      "'Bool' occurs twice in the same object",
    ],
    ['be too long', { Statement: { ...statement, Sid: 'x'.repeat(6144) } }, 'characters; 6144 are allowed'],
  ])('%s', (_, document, fault) => {
    expect(faultOf(document)).toContain(fault);
  });

  test('have a fault after many valid entries', () => {
    const actions = [...Array.from({ length: 50 }, (_, index) => `a:B${index}`), 'broken'];
    expect(faultOf({ Statement: [statement, { ...statement, Action: actions }] })).toMatch(
      /^Statement\[1\]\.Action\[50\]: /,
    );
  });
});
