-- One row per owner, with the name of the team that is first for them.

with

team as (
    select
        member.owner_id,
        min(team.team_name) as team_name
    from raw.owner_teams as member
    inner join raw.teams as team
        on member.team_id = team.team_id
    where member.primary_team
    group by member.owner_id
)

select
    owner.owner_id as sales_rep_id,
    nullif(concat_ws(' ', owner.first_name, owner.last_name), '') as sales_rep_name,
    team.team_name as department
from raw.owners as owner
left join team
    on owner.owner_id = team.owner_id
