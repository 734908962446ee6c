import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statementParts } from '../../renderer/statement';

const SQL = "UPDATE tasks SET assignee = NULL, version = version + 1 WHERE id = 'T-2' AND assignee IS 'ada';";

describe('a statement of SQL', () => {
  it('has its clauses on lines of their own, and what it changes apart', () => {
    expect(statementParts(`${SQL}\n-- version: 2 → 3\n-- assignee: 'ada' → NULL`)).toEqual({
      changes: ['version: 2 → 3', "assignee: 'ada' → NULL"],
      statement: [
        'UPDATE tasks ',
        'SET assignee = NULL, version = version + 1 ',
        "WHERE id = 'T-2' ",
        "AND assignee IS 'ada';",
      ],
    });
  });

  it('stays what it is, whatever stands in it', () => {
    const word = fc.constantFrom('UPDATE', ' SET ', 'WHERE ', ' AND ', '\n', '-- ', "'", 'x', '→', ' ');
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const text = words.join('');
        const { changes, statement } = statementParts(text);
        const lines = [
          ...(changes.length < text.split('\n').length ? [statement.join('')] : []),
          ...changes.map((each) => `-- ${each}`),
        ];
        expect(lines.join('\n')).toBe(text);
      }),
    );
  });
});
