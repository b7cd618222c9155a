export type FrameVerdict =
  | 'sound'
  | 'bad-length'
  | 'bad-digest'
  | 'wrong-session'
  | 'newer-format'
  | 'undecodable';
