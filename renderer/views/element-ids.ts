/** What the keyboard moves the focus to. */
export const SEARCH_ID = 'search';
export const GRID_ID = 'claims-grid';
export const DETAIL_ID = 'claim-detail';
