import { operationNames, operationOf, shapeOf } from '../../src/contract/model.ts';
import type { Shape } from '../../src/contract/shape.ts';

export { operationNames, operationOf };

/** Where the bounds of the real service differ from the published model (wire 7; clients 18). */
const departures: Record<string, { min?: number; max?: number; pattern?: string }> = {
  ResourceArn: { pattern: 'arn:aws(-[\\w]+)*:codepipeline:.+:([0-9]{12})?:.+' },
  ActionConfigurationValue: { max: 50_000 },
  PipelineVariableList: { min: 0 },
};

/** Returns a shape with the bounds of the real service. */
export function boundedShape(name: string): Shape {
  return { ...shapeOf(name), ...departures[name] } as Shape;
}

/** Reports whether a shape has no members or elements. */
export function isScalar({ type }: Shape): boolean {
  return type !== 'structure' && type !== 'list' && type !== 'map';
}
