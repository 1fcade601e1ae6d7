/** Icon of every service of ours: a log of three partitions, 64 by 64 pixels. PNG, for that is what the platform's own samples use. */
export const ICON = {
  contentType: "image/png",
  data: "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAgMAAADXB5lNAAAADFBMVEX///8fKjf///9LW21ooftFAAAALElEQVR42mMIRQMMQ1pg1aqlcDS4BWjo/f//vwLR4BagbeyjWjsIBYZNngMA6dnmjIxTM/QAAAAASUVORK5CYII=",
} as const;
