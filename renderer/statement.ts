/** A statement of SQL in parts that stand on lines of their own. Joined, `statement` is what is carried out, letter by letter. */
export interface StatementParts {
  /** What it changes of its row, `status: 'In Progress' → 'Todo'`, from the comments after it. */
  readonly changes: readonly string[];
  readonly statement: readonly string[];
}

const COMMENT = '-- ';

/** Only comments at the end are taken for changes: what stands before them is not touched. */
export function statementParts(text: string): StatementParts {
  const lines = text.split('\n');
  const changes: string[] = [];
  while (lines.at(-1)?.startsWith(COMMENT) === true) changes.unshift(lines.pop()?.slice(COMMENT.length) ?? '');
  const statement = lines.join('\n').split(/(?<= )(?=(?:SET|WHERE|AND) )/);
  return { changes, statement };
}
