import { describe } from "vitest";
import { demoWorldIsPublished } from "./demo.ts";

describe("the demo world on cloud, in AsyncAPI 3.0.0", () => {
  demoWorldIsPublished("cloud", "3.0.0");
});
