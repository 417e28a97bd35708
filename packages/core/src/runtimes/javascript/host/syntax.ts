/** Trees of acorn's, walked without knowing each kind of node. */
import type { Node } from 'acorn';

export type AnyNode = Node & Record<string, unknown>;

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

export function children(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** Names that a pattern binds. */
export function boundNames(pattern: AnyNode): string[] {
  if (pattern.type === 'Identifier') return [pattern.name as string];
  if (pattern.type === 'Property') return boundNames(pattern.value as AnyNode);
  if (pattern.type === 'AssignmentPattern') return boundNames(pattern.left as AnyNode);
  return children(pattern).flatMap(boundNames);
}
