import pico from 'picocolors';
import { assertNever, type Severity, type Verdict } from '../../core/model';

/** Colours for one stream; each is the identity where colours are off. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  verdict(verdict: Verdict, text: string): string;
  severity(severity: Severity, text: string): string;
}

export function createStyle(colours: boolean): Style {
  const c = pico.createColors(colours);
  return {
    bold: c.bold,
    dim: c.dim,
    verdict: (verdict, text) => {
      switch (verdict) {
        case 'live':
          return c.green(text);
        case 'expiring':
          return c.yellow(text);
        case 'expired':
          return c.red(text);
        case 'abandoned':
          return c.magenta(text);
        case 'unknown':
          return c.dim(text);
        default:
          return assertNever(verdict);
      }
    },
    severity: (severity, text) => {
      switch (severity) {
        case 'error':
          return c.red(text);
        case 'warning':
          return c.yellow(text);
        case 'info':
          return c.dim(text);
        default:
          return assertNever(severity);
      }
    },
  };
}
