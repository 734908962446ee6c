import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ErrorBoundary } from '../../renderer/views/error-boundary';

describe('a view that could not be drawn', () => {
  it('says nothing of what was written, and shows a hostile message harmlessly', () => {
    const boundary = new ErrorBoundary({ what: 'This view', children: null });
    boundary.state = ErrorBoundary.getDerivedStateFromError(new Error('bad \u202e name'));
    const markup = renderToStaticMarkup(boundary.render());
    expect(markup).toContain('What was done is in the audit log.');
    expect(markup).not.toContain('No source was touched');
    expect(markup).toContain('bad \\u202e name');
  });
});
