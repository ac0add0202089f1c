-- The test cases of the reports of a build, as JSON: apart from the build, since lists of builds don't read them.
create table build_test_cases (
  account text not null,
  region text not null,
  id text not null,
  test_cases text not null,
  primary key (account, region, id)
);
