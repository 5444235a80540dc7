/** The comments of a TypeScript file, without their marks. Called by `prose.ts`. */

import ts from '@typescript/typescript6';

export interface Comment {
  /** Its first line in the file, from 1. */
  readonly line: number;
  /** Its lines, as many as in the file. */
  readonly text: string;
}

/** Returns the comments in the order of the file. Line comments of adjacent lines are one. */
export function commentsOf(source: string): Comment[] {
  const comments: Comment[] = [];
  let last: ts.CommentRange | undefined;
  for (const range of rangesOf(source)) {
    const text = withoutMarks(source.slice(range.pos, range.end));
    const before = last && areAdjacent(last, range, source) ? comments.pop() : undefined;
    if (before) comments.push({ line: before.line, text: `${before.text}\n${text}` });
    else comments.push({ line: source.slice(0, range.pos).split('\n').length, text });
    last = range;
  }
  return comments;
}

/** Only a parser knows which `/*` is in a regular expression, and which quote ends a template. */
function rangesOf(source: string): Iterable<ts.CommentRange> {
  const file = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest);
  const ranges = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node) => {
    const children = node.getChildren(file).filter(({ kind }) => !isJsDoc(kind));
    for (const child of children) visit(child);
    if (children.length > 0) return;
    const before = ts.getLeadingCommentRanges(source, node.pos) ?? [];
    const behind = ts.getTrailingCommentRanges(source, node.end) ?? [];
    for (const range of [...before, ...behind]) ranges.set(range.pos, range);
  };
  visit(file);
  return [...ranges.values()].sort((a, b) => a.pos - b.pos);
}

function isJsDoc(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstJSDocNode && kind <= ts.SyntaxKind.LastJSDocNode;
}

function areAdjacent(first: ts.CommentRange, second: ts.CommentRange, source: string): boolean {
  const areLines = [first, second].every(({ kind }) => kind === ts.SyntaxKind.SingleLineCommentTrivia);
  return areLines && /^\n[^\S\n]*$/.test(source.slice(first.end, second.pos));
}

function withoutMarks(comment: string): string {
  return comment.replace(/^\/\/+|^\/\*+|\*\/$/g, '').replace(/^[^\S\n]*\* ?/gm, '');
}
