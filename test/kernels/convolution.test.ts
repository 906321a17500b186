import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("convolutions", "depthwise");
