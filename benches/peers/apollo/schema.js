// The part of the registry's schema that the queries ask for, with the same names, arguments and nullability.
export const typeDefs = `#graphql
  type Query {
    agreement(slug: String!): Agreement
    agreements(first: Int = 20, orderBy: [AgreementOrder!], filter: AgreementFilter): AgreementConnection!
    regions(first: Int = 20): RegionConnection!
  }

  type Agreement {
    id: ID!
    slug: String!
    kind: AgreementKind!
    status: String!
    title: String!
    summary: String
    signedOn: ApproximateDate
    startsOn: ApproximateDate
    endsOn: ApproximateDate
    programs(first: Int = 20): ProgramConnection!
    parties(first: Int = 20): AgreementPartyConnection!
    regions(first: Int = 20): RegionConnection!
    actions(first: Int = 20, orderBy: [ActionOrder!]): ActionConnection!
    contributions: [Contribution!]!
  }

  type ApproximateDate { edtf: String! earliest: Date latest: Date }
  type AgreementConnection { totalCount: Int! nodes: [Agreement!]! }

  type Program { id: ID! slug: String! name: String! }
  type ProgramConnection { nodes: [Program!]! }

  type Party {
    id: ID!
    slug: String!
    kind: String!
    name: String!
    acronym: String
    agreements(first: Int = 20, orderBy: [AgreementOrder!]): AgreementConnection!
  }
  type AgreementPartyEdge { roles: [String!]! node: Party! }
  type AgreementPartyConnection { edges: [AgreementPartyEdge!]! nodes: [Party!]! }

  type Region {
    id: ID!
    slug: String!
    name: String!
    codes: [RegionCode!]!
    agreements(first: Int = 20, orderBy: [AgreementOrder!], includeDescendants: Boolean = true): AgreementConnection!
  }
  type RegionCode { scheme: String! value: String! }
  type RegionConnection { nodes: [Region!]! }

  type Action { id: ID! title: String! status: String! period: ApproximateDate }
  type ActionConnection { nodes: [Action!]! }

  type Contribution { kind: String! qualifier: String! money: Money funder: Party }
  type Money { amount: String! currency: String! }

  scalar Date
  enum AgreementKind {
    JOINT_DECLARATION TREATY PROTOCOL AMENDMENT MEMORANDUM PARTNERSHIP_AGREEMENT ADMINISTRATIVE_AGREEMENT SPECIFIC_AGREEMENT
    FUNDING_AGREEMENT COMMUNIQUE RESOLUTION REGULATION ACTION_PLAN MEETING MEETING_DECISION OTHER
  }
  enum OrderField { DATE }
  enum Direction { ASC DESC }
  input AgreementOrder { field: OrderField! direction: Direction = ASC }
  input ActionOrder { field: OrderField! direction: Direction = ASC }
  input AgreementFilter { region: RegionMatch kinds: [AgreementKind!] date: DateRange text: String }
  input RegionMatch { slugs: [String!]! }
  input DateRange { from: Date until: Date }
`;
