"""Word lists of the simulated service, first half: people, subjects, aspects, forms of text.

Every list is our own. Entries fit the slots of the same name in the frame modules; none holds a
word that the keyword filters of the method reject (image, graph, file, map, plot and so on).
"""


def words(block: str) -> tuple[str, ...]:
    """Return the entries of a block in which semicolons and line ends separate them."""
    return tuple(
        entry.strip() for line in block.splitlines() for entry in line.split(";") if entry.strip()
    )


JOBS = words("""
night nurse; bus driver; plumber; pastry chef; violin teacher; geologist; school librarian
beekeeper; dairy farmer; tax adviser; welder; radio host; dentist; ferry captain; taxi driver
hotel porter; kindergarten teacher; locksmith; bookbinder; translator; park ranger; barber
sheep shearer; carpenter; chemist; museum guide; train conductor; judge; tailor; bricklayer
florist; glass blower; butcher; football referee; swimming coach; optician; physiotherapist
wedding planner; landlord; firefighter; puppet maker; sound engineer; archaeologist
air traffic controller; midwife; cheesemonger; cartoonist; roofer; lifeguard; postal worker
cyclist; marathon runner; goalkeeper; chess player; stamp collector; grandmother of six
first-year student; apprentice baker; trainee pilot; retired colonel; widower; single father
teenage inventor; exchange student; new parent; amateur astronomer; jazz drummer; mountain guide
shop assistant; call centre agent; data analyst; software tester; network engineer; game designer
science journalist; crime novelist; poet; theatre director; stage magician; costume maker
history professor; maths tutor; lab technician; marine biologist; vet; dog trainer; zookeeper
jockey; gardener; forester; vintner; brewer; coffee roaster; street vendor; fishmonger; greengrocer
waiter; dishwasher; ship's cook; crane operator; miner; electrician; surveyor; architect
town mayor; city clerk; police sergeant; prison chaplain; social worker; paramedic; anaesthetist
pharmacist; hospital cleaner; insurance broker; auctioneer; pawnbroker; bank teller; accountant
union organiser; recruiter; intern; startup founder; sales manager; warehouse picker; courier
lorry driver; harbour pilot; lighthouse keeper; weather presenter; sign language interpreter
piano tuner; clockmaker; potter; blacksmith; weaver; tram driver; rock climber; opera singer
beach lifeguard; stonemason; furrier; upholsterer; chimney sweep; goldsmith; tattooist; perfumer
sommelier; chocolatier; truffle hunter; ice sculptor; ghostwriter; proofreader; court stenographer
crossword setter; quiz host; ski instructor; fencing master; dance teacher; circus acrobat
ventriloquist; stunt double; set designer; lighting engineer; bassoonist; harpist; choirmaster
organ builder; bell ringer; sexton; nun; monk; bishop; rabbi; imam; diplomat; customs officer
lobbyist; mediator; notary; bailiff; coroner; beautician; hairdresser; nutritionist; podiatrist
radiologist; nephrologist; psychologist; speech therapist; audiologist; acupuncturist
oceanographer; seismologist; glaciologist; botanist; entomologist; ornithologist; palaeontologist
volcanologist; statistician; actuary; cryptographer; robotics engineer; web developer
database administrator; help desk worker; plasterer; tiler; glazier; scaffolder; stable hand
shepherd; ploughman; fruit picker; oyster farmer; whaler
""")

CLAUSES = words("""
who has just moved to Lisbon; who cannot stand loud rooms; who is learning to swim
who works night shifts; who is allergic to peanuts; who collects old train tickets
who has never used a computer; who is colour blind; who speaks little English
who is about to retire; who lives on a houseboat; who is raising twins; who lost a bet
who is afraid of heights; who reads only detective novels; who owns three parrots
who is saving for a sailing trip; who failed the driving test twice; who grew up on a sheep farm
who has ten minutes to spare; who distrusts experts; who loves crossword puzzles
who is training for a triathlon; who broke a wrist last month; who wants to change careers
who shares a flat with four others; who is preparing for a wedding; who hates Mondays
who misses the sea; who cooks for a crowd every Sunday; who has started night school
who volunteers at an animal shelter; who is writing a memoir; who forgets names
who recently went vegan; who coaches a youth team; who commutes two hours a day
who is new to the town; who has inherited a vineyard; who is planning to emigrate
who suffers from hay fever; who repairs radios for fun; who won a small lottery prize
who keeps bees on the roof; who lives without a car; who is learning Portuguese
who fell out with a neighbour; who wants to impress a mentor; who hardly sleeps; who adores puns
who has a fear of flying; who once met an astronaut; who has run out of patience
who studies by candlelight; who never throws anything away; who is moving house on Friday
who works from a garden shed; who has been promoted by mistake; who plays the accordion badly
who is on a strict budget; who uses a wheelchair; who was born in a lighthouse; who gave up sugar
who looks after an elderly aunt; who travels with a ferret; who is curious about space
who believes in lucky socks; who has a stammer; who is hard of hearing; who trains rescue dogs
who knits during meetings; who is restoring a barn; who lost all luggage yesterday
who dreams of opening a bakery; who prefers facts to stories; who is waiting for a visa
who sings in a choir; who has two left thumbs; who would rather be fishing; who is up for election
who just adopted a greyhound; who is organising a reunion; who has a head cold
who is terrible with money; who never finished school; who must give a speech tomorrow
who is curious but sceptical; who spent a year in Norway; who wakes at four
who is competing in a bake-off; who mends clocks at weekends; who has a broken heating system
who is snowed in; who grows giant pumpkins; who just discovered podcasts; who counts every calorie
who has a photographic memory; who is tired of small talk; who is homesick
who lives above a noisy bar; who recently quit smoking; who wants to learn juggling
who is stuck at an airport; who keeps a diary in code; who is nearly ninety
who turned eight last week; who thinks in numbers; who is easily bored; who needs an answer by noon
who has strong opinions about tea; who is building a canoe; who rents out a spare room
who can whistle any tune; who never learned to cook; who dislikes being interrupted
who paints miniature ships; who holds a grudge for decades; who talks to houseplants
who sleeps in a hammock; who rides a unicycle to work; who has three job offers
who missed the last ferry; who is writing a will; who eats lunch at ten; who owes everybody money
who is studying for the bar exam; who left school at fifteen; who reads palms at parties
who is suspicious of mushrooms; who once won a spelling bee; who cannot say no; who hoards jam jars
who plays chess by post; who is expecting a first grandchild; who was raised by aunts
who lost an eyebrow in a dare; who returned from Antarctica; who refuses to own a phone
who trusts nobody before coffee; who alphabetises everything; who climbs trees after dark
who is suing an airline; who carries a spare sock; who works two jobs; who hums without noticing
who is engaged to a rival; who is rehearsing Hamlet; who has been awake for thirty hours
""")

SUBJECTS = words("""
lighthouses; tidal energy; beekeeping; sourdough bread; glaciers; compost heaps; honey bees
coral reefs; volcanoes; paper money; coffee beans; rainbows; hurricanes; desert foxes; night trains
public libraries; mountain huts; sleep cycles; vaccines; antibiotics; red blood cells
the immune system; knee injuries; food allergies; migraines; stage fright; procrastination
body language; peer pressure; friendship; boredom; jealousy; homesickness; habits; solar panels
wind turbines; electric bicycles; diesel engines; steam engines; hydrogen fuel; lithium batteries
microwave ovens; refrigerators; bicycle gears; mechanical watches; elevators; suspension bridges
canal locks; tunnels; traffic lights; roundabouts; bus lanes; street markets; night shifts
minimum wages; pension funds; mortgages; inflation; exchange rates; supply chains; free trade
crowdfunding; income tax; household budgets; insurance; auctions; barter; cooperatives
trade unions; job interviews; remote work; open-plan offices; email etiquette; team meetings
public speaking; negotiation; time management; note taking; speed reading; memory tricks
crossword puzzles; chess openings; card games; juggling; origami; knitting; pottery; woodcarving
calligraphy; black holes; comets; the seasons on Mars; moon phases; eclipses; meteor showers
space suits; satellites; gravity; magnetism; friction; sound waves; static electricity; prisms
lenses; thermometers; barometers; atoms; acids and bases; rust; soap; glass making; cement
plastics; salt; carbon dioxide; photosynthesis; pollination; seeds; mushrooms; mosses; oak trees
bamboo; orchids; cacti; tomatoes; potatoes; rice farming; crop rotation; irrigation; tractors
sheep dogs; dairy cows; free-range hens; urban foxes; hedgehogs; bats; owls; swallows; penguins
polar bears; whales; octopuses; sea turtles; salmon; sharks; jellyfish; dragonflies; ants; spiders
earthworms; butterflies; beavers; wolves; elephants; camels; kangaroos; parrots; guide dogs
cat behaviour; horse riding; falconry; fly fishing; sailing; kayaking; rock climbing
marathon training; swimming strokes; table tennis; cricket; volleyball; figure skating; judo; yoga
stretching; posture; hydration; breakfast; school lunches; street food; noodle soups; curries
pickled vegetables; cheese making; olive oil; chocolate; vanilla; cinnamon; tea ceremonies
soft drinks; leftovers; knife skills; barbecues; picnics; camping; backpacking; jet lag; passports
phrase books; travel insurance; hostels; souvenirs; border crossings; the Silk Road; Viking ships
Roman roads; medieval guilds; castles; pyramids; cave paintings; clay tablets; papyrus
printing presses; telegraphs; typewriters; telephones; radio waves; barcodes; spreadsheets
passwords; spam emails; search engines; neural networks; version control; databases
computer viruses; encryption; recursion; binary numbers; prime numbers; fractions; percentages
probability; averages; algebra; geometry; symmetry; Roman numerals; negative numbers; irony
metaphors; proverbs; palindromes; limericks; haiku; fairy tales; ghost stories; detective novels
autobiographies; newspapers; fact checking; satire; opinion polls; juries; elections; town councils
constitutions; human rights; patents; copyright; speed limits; recycling; landfill sites; tap water
rain barrels; air pollution; noise pollution; heat waves; floods; droughts; earthquakes; avalanches
fog; thunderstorms; snowflakes; river deltas; sand dunes; caves; wetlands; dialects; sign language
loanwords; punctuation; silent letters; tongue twisters; lullabies; folk dances; masks; carnivals
wedding customs; birthday parties; new year traditions; harvest festivals; funeral rites
board games; kites; toy trains; parasols; wallpaper; umbrellas; chewing gum; zips; safety pins
paper clips; bubble wrap; elevator buttons; doorbells; hot-air balloons; airships; parachutes
gliders; helicopters; submarines; rowing boats; cable cars; funiculars; monorails; peat bogs
fjords; geysers; lagoons; tundra; savannas; mangroves; kelp forests; truffles; saffron; cardamom
mustard; kefir; tofu; oatmeal; dumplings; pancakes; marmalade; ginger beer; lemonade; espresso
cider; hot chocolate; pretzels; opera; ballet; puppetry; pantomime; stand-up comedy; improvisation
costume design; stage lighting; radio plays; genealogy; heraldry; cartography; archaeology
taxidermy; astrology; hypnosis; handwriting analysis; lie detectors; forensic evidence
fingerprints; lock picking; spy codes; duels; treaties; ceasefires; embassies; census forms
postal codes; time zones; calendars; leap years; sundials; hourglasses; pendulums; gyroscopes
levers; pulleys; gears; hinges; springs
""")

ASPECTS = words("""
the history of; the economics of; the hidden cost of; the science behind; the appeal of
the future of; the biggest myth about; the daily upkeep of; the role of chance in; the safety of
the ethics of; the vocabulary of; the early days of; the environmental impact of; the psychology of
the basic principle behind; the decline of; the sudden popularity of; the least known side of
the main problem with; the proper care of; the social value of; the health benefits of
the legal side of; the language of; the beauty of; the surprising origin of; the right timing of
the most common mistake with; the place of children in; the influence of weather on
the smell and sound of; the teaching of; the marketing of; the role of women in; the mathematics of
the first encounter with; the symbolism of; the revival of; the price of; the quality of
the choice between imported and local; the joy of; the risk of overdoing; the hidden rules of
the etiquette of; the folklore around; the physics of; the chemistry of; the sociology of
the smell of; the slow decline of interest in; the comeback of; the golden age of; the dark side of
the everyday use of; the repair of; the storage of; the naming of; the trade in; the export of
the regulation of; the taxation of; the invention of; the misuse of; the noise caused by
the waste caused by; the humour in; the nostalgia for; the fear of; the superstition about
the standardisation of; the smuggling of; the collecting of; the restoration of
the counterfeiting of; the seasonal nature of; the next decade of; the unwritten history of
the training needed for; the tools needed for; the patience required by
""")

FORMS = words("""
a limerick; a haiku; a short story; a bedtime story; a diary entry; a newspaper headline; a toast
a sonnet; a monologue; a fable; a ghost story; a riddle; a two-minute speech; a eulogy; a postcard
a telegram; a rap verse; a folk tale; a radio advertisement; a nursery rhyme; an ode
a film synopsis; a science fiction scene; a love letter; a restaurant review; a travel blog entry
a press release; a museum label; a joke; a tongue twister; a legend; a detective scene
a weather report; a sports commentary; a recipe introduction; a farewell note; a motivational talk
a letter to the editor; a campaign speech; a prayer; a lullaby; an acrostic; a free verse poem
a school play scene; a campfire tale; a product description; a job advertisement; a wanted notice
a fortune cookie message; a ballad; a villanelle; a shanty; an elegy; a soliloquy; a comic sketch
a parable; a creation myth; a tall tale; a manifesto; a radio jingle; a cautionary tale
a letter from the future; an obituary; a sermon; a tour guide's patter; a bedside prayer
a gossip column; a horoscope; a police report; a ship's log entry; a recipe in verse
a dream journal entry; a proverb
""")

LETTERS = words("""
a polite complaint; a thank-you letter; a formal email; a short apology; a cover letter
a letter of recommendation; a reminder; an invitation; a resignation letter; a request for a refund
a reply to an angry letter; a welcome message; a letter of condolence; a quick text message
a notice of delay; a letter of support; a proposal; a status update; a meeting request
a handwritten note; a follow-up email; a warning letter; a letter of enquiry; a voicemail script
a stern memo; a cheerful postcard; a short telegram; a heartfelt apology; a formal objection
a note of congratulation; a counter-offer; a letter of protest; a humble plea; a list of demands
a change-of-address notice; an open letter; a secret note; a fan letter; a job offer
a rejection letter; a friendly nudge; a payment reminder; a farewell message
""")

TONES = words("""
cheerful; formal; sarcastic; gentle; dramatic; matter-of-fact; nostalgic; playful; urgent; humble
poetic; blunt; optimistic; gloomy; scholarly; conversational; mysterious; encouraging; dry
theatrical; patient; heroic
""")

KINDS = words("""
product review; text message; voicemail transcript; diary entry; forum comment; customer email
news headline; survey answer; restaurant review; postcard; meeting note; support ticket
blog comment; letter to the editor; chat message; book blurb; interview answer
school essay sentence; social media post; app store review; hotel feedback card; weather remark
lecture note; complaint form; field report; job application line; telegram; petition; love note
shopping list remark; museum guestbook entry; radio announcement; press statement; job reference
ransom note; landlord notice; parent newsletter; club circular; exam answer; memo; weather bulletin
letter of thanks; tenant letter; obituary; toast; public notice; travel report; football commentary
recipe note; confession; prayer card; lost-and-found notice; advice column; witness statement
doctor's note; school report; classified ad; campaign leaflet; fan letter; podcast description
museum label; sales call summary; pub quiz answer
""")

NAMES = words("""
Amara; Bruno; Chiara; Dmitri; Elif; Farid; Greta; Hugo; Ines; Jonas; Keiko; Lamar; Mirela; Nadia
Oskar; Priya; Quentin; Rosa; Samir; Tilda; Uma; Viktor; Wanda; Xavier; Yara; Zoltan; Agnes; Boris
Cleo; Daria; Emil; Freya; Gideon; Hana; Igor; Jasmine; Kofi; Leonie; Mateo; Nora; Otis; Paloma
Rafael; Selma; Tariq; Ulrich; Vera; Wim; Ximena; Yusuf; Zelda; Anton; Bea; Caspar; Dolores; Edgar
Fiona; Gustav; Helga; Ivo; Johanna; Kamal; Lucia; Milo
""")

NUMBERS = words("two; three; four; five; six; seven; eight; nine; ten; twelve")

MOODS = words("""
retired; impatient; thrifty; newly hired; half-deaf; ambitious; absent-minded; freckled
soft-spoken; stubborn; jovial; superstitious; left-handed; sleepless; well-read; penniless
celebrated; part-time; overworked; cheerful; grumpy; shy; vain; generous; clumsy; meticulous
homesick; recently divorced; sunburnt; semi-professional; self-taught; fearless; sceptical; lonely
talkative; red-haired; hungry; jet-lagged; seasick; unlucky; forgetful; gifted; trainee; veteran
nearsighted; bilingual; barefoot; bearded; disgraced; eccentric; frugal; gloomy; hopeful; idle
jealous; kindly
""")

TOWNS = words("""
Lisbon; Bergen; Krakow; Ghent; Turin; Seville; Tallinn; Sofia; Cork; Leeds; Basel; Graz; Malmo
Tampere; Riga; Zagreb; Athens; Izmir; Beirut; Cairo; Tunis; Dakar; Accra; Kampala; Nairobi; Lusaka
Durban; Mumbai; Jaipur; Dhaka; Colombo; Hanoi; Manila; Osaka; Busan; Taipei; Perth; Hobart; Dunedin
Suva; Lima; Cusco; Quito; Bogota; Recife; Rosario; Salta; Havana; Merida; Oaxaca; Tucson; Boise
Duluth; Omaha; Toledo; Savannah; Quebec; Halifax; Regina; Reykjavik; Nuuk
""")
