/** An update as any wire takes it. */
export type UpdateBody = {
  sessionId: string;
  userId: string;
  variables: Record<string, string | number>;
  context: Record<string, string | number>;
  updateId?: string;
  inputId?: string;
  sequence?: number;
  ifMatch?: string;
  lockToken?: string;
};
